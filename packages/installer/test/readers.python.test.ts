// Who reads an environment while it changes: every kind of reader, on old and new Pythons.
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { createEnvironment, findInterpreter, type Interpreter } from '@wheelwright/python';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, verifyEnvironment } from '../src/index.ts';
import { wheelTree } from './environments.ts';
import { lazyImporter, listing, release } from './releases.ts';

const run = promisify(execFile);
const { PYTHONDONTWRITEBYTECODE: _, ...environment } = process.env;

async function find(version: string): Promise<Interpreter | undefined> {
  return tryFindInterpreter(findInterpreter, version);
}

/** The one that every machine with a Python has, and those of these that are here. */
const asked = ['python3', '3.8', '3.11', '3.13'];
const found = await Promise.all(asked.map(find));
const interpreters = new Map(found.flatMap((one) => (one === undefined ? [] : [[one.versionText, one]])));

test('There is a Python to try with.', () => {
  expect([...interpreters.keys()]).not.toEqual([]);
});

test.each([...interpreters])('Python %s: no reader fails or sees two versions', async (_version, interpreter) => {
  const dir = temporaryDir();
  const env = path.join(dir, 'env');
  await createEnvironment(env, { interpreter, layout: 'own' });
  const source = path.join(dir, 'source');
  mkdirSync(source);
  writeFileSync(path.join(source, 'editable.py'), "version = 'editable'\n");
  const editable = wheelTree(path.join(dir, 'store'), 'editable', { files: { '__editable__.pth': `${source}\n` } });
  const releases = [release(dir, '1.0'), release(dir, '2.0')];
  await changeEnvironment(env, { add: [releases[0]!, editable], remove: [] });

  let reading = true;
  const seen: Record<string, Record<string, number>> = {};
  const reader = async (kind: string, name: string, ...words: string[]) => {
    const counts: Record<string, number> = {};
    seen[kind] = counts;
    while (reading) {
      const { stdout } = await run(path.join(env, 'bin', name), words, { env: environment });
      counts[stdout.trim()] = (counts[stdout.trim()] ?? 0) + 1;
    }
  };
  const readers = [
    reader('fresh interpreter', 'python', '-m', 'pkg'),
    reader('console script', 'pkg-command'),
    reader('script of the wheel', 'pkg-body'),
    reader('listing', 'python', '-c', listing),
    reader('lazy importer', 'python', '-c', lazyImporter),
    reader('editable', 'python', '-c', 'import editable, pkg; print(editable.version)'),
  ];
  const failure = Promise.all(readers).then(() => expect(reading).toBe(false));
  failure.catch(() => undefined);
  const total = () =>
    Object.values(seen)
      .flatMap((counts) => Object.values(counts))
      .reduce((a, b) => a + b, 0);
  const rounds = trials(30, 300);
  for (let round = 1; round <= rounds; round += 1) {
    await changeEnvironment(env, { add: [releases[round % 2]!], remove: [] }, { durability: 'none' });
    const before = total();
    while (total() === before) await Promise.race([failure, new Promise(setImmediate)]);
  }
  reading = false;
  await failure;
  for (const [kind, counts] of Object.entries(seen)) {
    const expected = kind === 'editable' ? ['editable'] : ['1.0', '2.0'];
    expect(expected, kind).toEqual(expect.arrayContaining(Object.keys(counts)));
  }
  expect(verifyEnvironment(env).problems).toEqual([]);
  proved(total(), `reads through ${rounds} switches`);
});

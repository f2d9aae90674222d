// Ten commands install one sdist, and one commit of a repository, into environments of their own over one cold store, and
// one of them is killed at a random moment: the source is built once, or twice where the builder died, and all that is
// left is right.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { writeSdist } from '@wheelwright/testkit/sdists';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

const ten = Array.from({ length: 10 }, (_, n) => n);
// `pnpm prove` tries more moments.
const rounds = process.env.WHEELWRIGHT_PROOF === undefined ? 1 : 30;

function filesOf(dir: string): Record<string, string> {
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => path.join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((file) => [path.relative(dir, file), readFileSync(file, 'utf8')]));
}

/** A source whose backend notes its hooks in `marks`, as requirements of three kinds. */
function writeSource(dir: string, marks: string): Readonly<Record<string, readonly string[]>> {
  const tree = writeBackendTree(path.join(dir, 'tree'), { name: 'demo', modules: 40, marksDir: marks });
  const links = path.join(dir, 'links');
  mkdirSync(links);
  const sdist = writeSdist(links, { name: 'demo', files: filesOf(tree) });
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', ...args], { cwd: tree, stdio: 'pipe' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-qm', 'one');
  return {
    'an sdist of find-links': ['-f', links, 'demo'],
    'an sdist file': [sdist],
    'a repository': [`demo @ git+${pathToFileURL(tree).href}`],
  };
}

test.each(['an sdist of find-links', 'an sdist file', 'a repository'])('%s', async (kind) => {
  const dir = temporaryDir();
  const marks = path.join(dir, 'marks');
  mkdirSync(marks);
  const asked = writeSource(dir, marks)[kind]!;
  const { ww, start, run } = commandIn(dir);
  for (let round = 0; round < rounds; round += 1) {
    const places = ten.map((n) => path.join(dir, `env-${round}-${n}`));
    await Promise.all(places.map(async (place) => expect(await ww('venv', place)).toMatchObject({ code: 0 })));
    rmSync(path.join(marks, 'hooks'), { force: true });
    const install = (place: string) => ['install', '--python', place, ...asked];
    const children = places.map((place) => start(install(place)));
    const ended = children.map((child) => collect(child));
    const victim = Math.floor(Math.random() * children.length);
    await wait(Math.random() * 2000);
    children[victim]!.kill('SIGKILL');
    const outcomes = await Promise.all(ended);
    const wasKilled = outcomes[victim]!.signal === 'SIGKILL';
    if (wasKilled) outcomes[victim] = await ww(...install(places[victim]!));
    expect(outcomes.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(ten.map(() => ''));
    const hooks = readFileSync(path.join(marks, 'hooks'), 'utf8').split('\n');
    expect(hooks.filter((hook) => hook === 'build_wheel').length).toBeLessThanOrEqual(wasKilled ? 2 : 1);
    for (const place of places) {
      const program = 'import demo.module_39; print(demo.module_39.number)';
      expect(await run(path.join(place, 'bin', 'python'), '-c', program)).toMatchObject({ code: 0, stdout: '39\n' });
      expect(await ww('verify', '--python', place)).toMatchObject({ code: 0 });
    }
    expect(await ww('cache', 'verify')).toMatchObject({ code: 0 });
    expect(await ww('cache', 'clean')).toMatchObject({ code: 0 });
    const staging = path.join(dir, 'store', 'staging');
    expect(existsSync(staging) ? readdirSync(staging) : []).toEqual([]);
  }
});

test('two of ww lock at once, one of them killed, leave one lock, whole', async () => {
  const dir = temporaryDir();
  const marks = path.join(dir, 'marks');
  mkdirSync(marks);
  writeSource(dir, marks);
  const { ww, start } = commandIn(dir);
  const lockPath = path.join(dir, 'pylock.toml');
  const possible: string[] = [];
  for (const words of [['demo'], ['demo', '--no-binary', ':all:', '-p', '3']]) {
    expect(await ww('lock', '-f', 'links', ...words)).toMatchObject({ code: 0 });
    possible.push(readFileSync(lockPath, 'utf8'));
  }
  for (let round = 0; round < rounds * 5; round += 1) {
    const children = [start(['lock', '-f', 'links', 'demo', '-U']), start(['lock', '-f', 'links', 'demo', '-U'])];
    const ended = children.map((child) => collect(child));
    await wait(Math.random() * 600);
    children[0]!.kill('SIGKILL');
    await Promise.all(ended);
    expect(possible).toContain(readFileSync(lockPath, 'utf8'));
    expect((await ended[1]!).code).toBe(0);
  }
  expect(await ww('lock', '-f', 'links', 'demo', '-U')).toMatchObject({ code: 0 });
  expect(possible).toContain(readFileSync(lockPath, 'utf8'));
});

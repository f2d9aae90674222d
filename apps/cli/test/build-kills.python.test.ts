// Builds of six kinds by two Pythons, ten at once as processes of their own, of which one is killed at some moment. None
// that ends well differs from an undisturbed build, the trees stay as they were, and nothing is left. `pnpm prove` tries
// 200, a test run 20.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compareWheels, hashFile } from '@wheelwright/archives';
import { pinnedPython } from '@wheelwright/testkit/pinned';
import { startPinnedIndex } from '@wheelwright/testkit/pinned-index';
import { stated, trials } from '@wheelwright/testkit/proof';
import { writeExtensionTree, writeFlitTree, writeHatchlingTree, writeSetuptoolsTree } from '@wheelwright/testkit/trees';
import { afterAll, expect, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

const dir = mkdtempSync(path.join(tmpdir(), 'ww-kills-'));
const index = await startPinnedIndex('setuptools', 'wheel', 'hatchling', 'flit-core');
afterAll(async () => {
  await index.close();
  rmSync(dir, { recursive: true, force: true });
});

const first = pinnedPython().executable;
const second = otherPython() ?? first;
const kinds = [
  { write: writeSetuptoolsTree, words: ['-w'], python: first },
  { write: writeHatchlingTree, words: ['-w'], python: second },
  { write: writeExtensionTree, words: ['-w'], python: first },
  { write: writeHatchlingTree, words: ['-s'], python: second },
  { write: writeFlitTree, words: [], python: first },
  { write: writeFlitTree, words: ['-e'], python: second },
].map((kind, at) => ({ ...kind, tree: path.join(dir, `tree-${at}`), out: path.join(dir, `out-${at}`) }));
const { ww, start } = commandIn(dir, {
  PIP_NO_INDEX: '0',
  PIP_INDEX_URL: index.indexUrl,
  SOURCE_DATE_EPOCH: '1700000000',
});

/** One of another version than the first, of those that have names of their own. */
function otherPython(): string | undefined {
  const versionOf = (python: string) => spawnSync(python, ['-c', 'import sys; print(sys.version_info[1])']);
  const own = versionOf(first).stdout.toString();
  for (const minor of [13, 12, 11, 10]) {
    const { status, stdout } = versionOf(`python3.${minor}`);
    if (status === 0 && stdout.toString() !== own) return `python3.${minor}`;
  }
  return undefined;
}

const files = (tree: string) => (readdirSync(tree, { recursive: true }) as string[]).sort();
/** What is in an out directory, which a killed build may not have made. */
function artifacts(out: string): string[] {
  return existsSync(out)
    ? readdirSync(out)
        .filter((name) => name !== '.gitignore')
        .sort()
    : [];
}

/** Numbers that are the same for one seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) % below;
  };
}

test('builds of which one in ten is killed equal undisturbed ones, and leave nothing', async () => {
  const seed = Number(process.env.WHEELWRIGHT_SEED ?? Date.now() % 100_000);
  const random = numbersFrom(seed);
  const before = new Map<string, string[]>();
  let longest = 0;
  for (const { write, words, python, tree, out } of kinds) {
    write(tree);
    before.set(tree, files(tree));
    const began = performance.now();
    const ended = await ww('build', ...words, '-p', python, '--no-build-cache', '-o', `${out}-alone`, tree);
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    longest = Math.max(longest, performance.now() - began);
  }
  const rounds = trials(2, 20);
  const wrong: string[] = [];
  let done = 0;
  for (let round = 0; round < rounds; round += 1) {
    const how = round % 2 === 0 ? '--no-build-cache' : '--rebuild';
    const killed = random(10);
    const built = new Set<string>();
    const builds = Array.from({ length: 10 }, async (_, n) => {
      const { words, python, tree, out } = kinds[n % kinds.length]!;
      const child = start(['build', ...words, '-p', python, how, '-o', out, tree]);
      if (n === killed) void sleep(random(Math.ceil(longest * 3))).then(() => child.kill('SIGKILL'));
      const { code, signal, stderr } = await collect(child);
      done += 1;
      if (code === 0) built.add(out);
      if (code !== 0 && signal !== 'SIGKILL') wrong.push(`seed ${seed}, round ${round}, build ${n}: ${stderr}`);
    });
    await Promise.all(builds);
    for (const { tree, out } of kinds) {
      const [names, wanted] = [artifacts(out), artifacts(`${out}-alone`)];
      if (!names.every((name) => wanted.includes(name)) || (built.has(out) && names.length < wanted.length))
        wrong.push(`seed ${seed}, round ${round}: ${out} holds ${names}`);
      for (const name of artifacts(out)) wrong.push(...(await differences(name, out)));
      if (files(tree).join() !== before.get(tree)!.join()) wrong.push(`seed ${seed}, round ${round}: ${tree} changed`);
    }
  }
  stated(done, 'builds', wrong.length);
  expect(wrong).toEqual([]);
  while (processesIn(dir).length > 0) await sleep(50);
  for (const { words, python, tree, out } of kinds)
    expect(await ww('build', ...words, '-p', python, '--rebuild', '-o', out, tree)).toMatchObject({ code: 0 });
  const left = readdirSync(path.join(dir, 'store', 'builds')).filter((name) => !['logs', 'kept'].includes(name));
  expect(left).toEqual([]);
});

async function differences(name: string, out: string): Promise<string[]> {
  const [made, alone] = [path.join(out, name), path.join(`${out}-alone`, name)];
  if (name.endsWith('.whl')) return (await compareWheels(alone, made)).map(({ path: file }) => `${made}: ${file}`);
  return (await hashFile(made)) === (await hashFile(alone)) ? [] : [made];
}

/** Processes that work below `parent`: hooks of a killed build have a moment to end. */
function processesIn(parent: string): string[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && name !== `${process.pid}`);
  return pids.filter((pid) => {
    try {
      const isZombie = /^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
      return !isZombie && readlinkSync(`/proc/${pid}/cwd`).startsWith(parent);
    } catch {
      return false;
    }
  });
}

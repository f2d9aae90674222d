// astral-sh/uv#14174: a lock on the source tree for setuptools. It came to miss get_requires, opens after five minutes,
// knows one backend, and dies with its process while the backend goes on. Ours: every hook, every backend, fails closed.
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { tryAcquireLock } from '@wheelwright/fslock';
import { type Actor, startActor } from '@wheelwright/testkit/actors';
import { findPython } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { type BackendTreeOptions, writeBackendTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';

const python = findPython();
const packageOfActor = new URL('../../packages/pep517/test/x', import.meta.url).href;

/** A tree with a backend of its own, and builders of it that work in place. */
function place(options: BackendTreeOptions = {}) {
  const dir = temporaryDir();
  const marksDir = path.join(dir, 'marks');
  mkdirSync(marksDir);
  const tree = writeBackendTree(path.join(dir, 'tree'), { marksDir, ...options });
  const request = { sourceDir: tree, kind: 'wheel', buildsDir: path.join(dir, 'builds'), python: python!.executable };
  const start = (name: string, more: object = {}): Actor => {
    const argument = { ...request, outDir: path.join(dir, name), strategy: 'in-place', ...more };
    return startActor(packageOfActor, 'builder', { arguments: [JSON.stringify(argument)] });
  };
  const mark = (name: string) => {
    const file = path.join(marksDir, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  return { dir, tree, start, mark };
}

test('The hooks of builds in place never interleave, get_requires included, whatever the backend.', async () => {
  const { start, mark } = place();
  const builders = ['a', 'b', 'c', 'd'].map((name) => start(name));
  for (const builder of builders) await builder.hear('ready');
  for (const builder of builders) builder.tell('go');
  for (const builder of builders) expect(await builder.hear(/^(built|failed)/)).toMatch(/^built /);
  expect(mark('hooks')).toBe('get_requires_for_build_wheel\nbuild_wheel\n'.repeat(4));
});

test('A lock that is not free in time stops the build before its first hook, and the message says who has it.', async () => {
  const { start, mark, tree } = place({ behaviour: { build_wheel: 'hang' } });
  const holder = start('holder');
  await holder.hear('ready');
  holder.tell('go');
  await holder.hear('hook build_wheel');
  const late = start('late', { lockTimeoutMs: 200 });
  await late.hear('ready');
  late.tell('go');
  const said = await late.hear(/^(built|failed)/);
  expect(said).toMatch(/^failed FSLOCK_TIMEOUT /);
  expect(said).toContain(tree);
  expect(said).toContain(String(holder.pid));
  expect(mark('hooks').match(/build_wheel/g)).toHaveLength(2);
});

test('A snapshot waits for a build in place, so it is never a copy of a tree at work.', async () => {
  const { start, mark } = place({ behaviour: { build_wheel: 'hang' } });
  const holder = start('holder');
  await holder.hear('ready');
  holder.tell('go');
  await holder.hear('hook build_wheel');
  const reader = start('reader', { strategy: 'snapshot' });
  await reader.hear('ready');
  reader.tell('go');
  await reader.hear('waiting');
  expect(reader.lines).toEqual(['ready', 'waiting']);
  const pids = await until(() => mark('pids').trim());
  holder.kill();
  await reader.hear(/^hook/);
  expect(isRunning(Number(pids))).toBe(false);
});

test('When the builder is killed, the tree stays locked until its hooks have ended; they end by themselves.', async () => {
  const { start, mark, tree } = place({ behaviour: { build_wheel: 'hang-stubbornly' } });
  const builder = start('killed');
  await builder.hear('ready');
  builder.tell('go');
  const pids = await until(() => /^\d+\n\d+\n$/.test(mark('pids')) && mark('pids').trim().split('\n').map(Number));
  builder.kill();
  await builder.exited;
  let wasHeld = false;
  const lock = await until(async () => {
    const found = await tryAcquireLock(tree);
    wasHeld ||= found === undefined;
    return found;
  });
  expect(wasHeld).toBe(true);
  expect(pids.filter(isRunning)).toEqual([]);
  lock.release();
});

async function until<T>(get: () => T | undefined | '' | false | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const value = await get();
    if (value) return value;
    await setTimeout(5);
  }
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

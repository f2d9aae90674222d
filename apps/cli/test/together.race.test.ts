// The command started many times at once on one environment and one store, some of them killed.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

const ten = Array.from({ length: 10 }, (_, n) => n);

function writeWheel(dir: string, options: WheelOptions): string {
  const { filename, bytes } = buildWheel(options);
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, filename), bytes);
  return path.join(dir, filename);
}

/** Entries of the store or the environment that only work in progress has. */
function leftovers(dir: string): string[] {
  const environment = path.join(dir, '.venv', '.wheelwright');
  return ['staging', 'trash'].flatMap((name) => list(path.join(environment, name)));
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

test('ten at once make one environment', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  const ended = await Promise.all(ten.map(() => ww('venv', '--json')));
  const made = ended.filter(({ stdout }) => stdout.includes('"created":true'));
  expect(ended.map(({ code }) => code)).toEqual(ten.map(() => 0));
  expect(made).toHaveLength(1);
  expect(readdirSync(dir).filter((name) => name.startsWith('.') && name !== '.venv' && name !== '.cache')).toEqual([]);
});

test('ten that install wheels with a shared file all succeed, and the environment holds all ten', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  const wheels = ten.map((n) =>
    writeWheel(dir, { name: `part-${n}`, files: { 'shared/__init__.py': '', [`shared/part_${n}.py`]: `N = ${n}\n` } }),
  );
  await ww('venv');
  const ended = await Promise.all(wheels.map((wheel) => ww('install', wheel)));
  expect(ended.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(ten.map(() => ''));
  expect((await ww('list', '--format', 'freeze')).stdout).toBe(ten.map((n) => `part-${n}==1.0\n`).join(''));
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(leftovers(dir)).toEqual([]);
});

test('ten that fight over two versions leave one of them, whole', async () => {
  const dir = temporaryDir();
  const { ww, run } = commandIn(dir);
  const versions = ['1.0', '2.0'].map((version) =>
    writeWheel(dir, {
      name: 'app',
      version,
      files: {
        'app/__init__.py': `from .inner import V\nVERSION = '${version}'\n`,
        'app/inner.py': `V = '${version}'\n`,
      },
    }),
  );
  await ww('venv');
  const ended = await Promise.all(ten.map((n) => ww('install', versions[n % 2] as string)));
  expect(ended.map(({ code }) => code)).toEqual(ten.map(() => 0));
  const { stdout } = await run(
    path.join(dir, '.venv', 'bin', 'python'),
    '-c',
    'import app; from importlib.metadata import version; print(app.VERSION, app.V, version("app"))',
  );
  const [one, two, three] = stdout.trim().split(' ');
  expect([two, three]).toEqual([one, one]);
  expect(await ww('verify')).toMatchObject({ code: 0 });
});

test('seven of ten processes are killed at any moment; the environment stays whole and the next command cleans up', async () => {
  const dir = temporaryDir();
  const { ww, start } = commandIn(dir);
  const wheels = ten.map((n) =>
    writeWheel(dir, {
      name: `part-${n}`,
      files: Object.fromEntries(ten.map((m) => [`part_${n}/m${m}.py`, `N = ${m}\n`])),
    }),
  );
  await ww('venv');
  const children = wheels.map((wheel) => start(['install', wheel]));
  const ended = Promise.all(children.map((child) => collect(child)));
  // Kills spread over the time that the ten need; where each lands is left to the scheduler.
  for (const child of children.slice(0, 7)) {
    await wait(40);
    child.kill('SIGKILL');
  }
  const survivors = (await ended).slice(7);
  expect(survivors.map(({ code, stderr }) => (code === 0 ? '' : stderr))).toEqual(['', '', '']);
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(await ww('install', ...wheels)).toMatchObject({ code: 0 });
  expect((await ww('list', '--format', 'freeze')).stdout).toBe(ten.map((n) => `part-${n}==1.0\n`).join(''));
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(leftovers(dir)).toEqual([]);
});

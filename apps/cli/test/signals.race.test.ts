// A command that gets a signal: after one it undoes what it began and ends what it started; after two it ends
// at once and leaves what the next command clears. Where it is when the signal comes, its events and files tell.
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { buildWheel, writeWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(10);
}

async function place() {
  const dir = temporaryDir();
  const { filename, bytes } = buildWheel({ name: 'app', version: '3.0' });
  const server = await startIndexServer({ files: [{ filename, data: bytes }] });
  onTestFinished(() => server.close());
  // Every process that a command starts has this in its environment.
  const mark = `ww-signals-${path.basename(dir)}`;
  const { ww, start } = commandIn(dir, {
    TMPDIR: dir,
    PIP_NO_INDEX: '0',
    WHEELWRIGHT_INDEX_URL: server.indexUrl,
    SIGNALS_MARK: mark,
  });
  const [one, two] = ['1.0', '2.0'].map((version) => writeWheel(dir, { name: 'app', version })) as [string, string];
  const marksDir = path.join(dir, 'marks');
  mkdirSync(marksDir);
  writeBackendTree(path.join(dir, 'tree'), { behaviour: { build_wheel: 'hang' }, marksDir });
  await ww('venv');
  await ww('install', one);
  const before = readdirSync(dir).sort();
  const ready = path.join(dir, 'ready');
  return {
    dir,
    two,
    ww,
    start,
    ready,
    server,
    filePath: server.filePath(filename),
    inHook: () =>
      existsSync(path.join(marksDir, 'hooks')) &&
      readFileSync(path.join(marksDir, 'hooks'), 'utf8').includes('build_wheel'),
    processes: () => processesWith(mark),
    /** What only work in progress has, in the store, the environment and TMPDIR. */
    over: () => [
      ...[
        'store/staging',
        'store/leases',
        'store/builds',
        '.venv/.wheelwright/staging',
        '.venv/.wheelwright/trash',
        'out',
      ]
        .map((name) => path.join(dir, name))
        .flatMap((name) => (existsSync(name) ? readdirSync(name) : []))
        // Builds that may be given back stay, and git ignores what is put out.
        .filter((name) => name !== 'kept' && name !== '.gitignore'),
      ...readdirSync(path.join(dir, '.venv', '.wheelwright', 'generations')).filter(
        (name) => !existsSync(path.join(dir, '.venv', '.wheelwright', 'generations', name, '.committed')),
      ),
      ...readdirSync(dir).filter((name) => !before.includes(name) && !['ready', 'marks', 'out'].includes(name)),
    ],
  };
}

function processesWith(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(mark);
    } catch {
      return false;
    }
  });
}

type Place = Awaited<ReturnType<typeof place>>;

interface Moment {
  readonly args: (place: Place) => string[];
  /** Makes it stop there. */
  readonly prepare?: (place: Place) => unknown;
  readonly reached: (place: Place) => boolean;
}

const check = (trap: string) => ({
  args: ({ two, ready }: Place) => [
    'install',
    two,
    '--check',
    `${trap} sleep 1000 & touch "${ready}"; exec sleep 1000`,
  ],
  reached: ({ ready }: Place) => existsSync(ready),
});

const moments: Readonly<Record<string, Moment>> = {
  'asks the index': {
    args: () => ['install', '-U', 'app'],
    prepare: ({ server }) => server.fail('/simple/app/', { kind: 'silence' }, Number.POSITIVE_INFINITY),
    reached: ({ server }) => server.count('/simple/app/') > 0,
  },
  downloads: {
    args: () => ['install', '-U', 'app', '--no-deps'],
    prepare: ({ server, filePath }) => server.fail(filePath, { kind: 'silence' }, Number.POSITIVE_INFINITY),
    reached: ({ server, filePath }) => server.count(filePath) > 0,
  },
  'waits for the lock of a process that checks': {
    args: () => ['uninstall', 'app'],
    prepare: async (one) => {
      const holder = one.start(check('').args(one), { detached: true });
      onTestFinished(() => void holder.kill('SIGKILL'));
      await until(() => existsSync(one.ready));
    },
    reached: (one) => one.processes().some((pid) => commandOf(pid).startsWith('flock\0')),
  },
  'checks, with children': check(''),
  'runs a hook': { args: () => ['build', '--wheel', '-o', 'out', 'tree'], reached: (one) => one.inHook() },
  'runs a hook for an installation': { args: () => ['install', './tree'], reached: (one) => one.inHook() },
};

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function stopAt({ args, prepare, reached }: Moment, one: Place, stop: (child: ChildProcess) => unknown) {
  await prepare?.(one);
  const others = new Set(one.processes());
  const child = one.start(args(one));
  const ended = collect(child);
  await until(() => reached(one) || child.exitCode !== null);
  await stop(child);
  return { ...(await ended), left: () => one.processes().filter((pid) => !others.has(pid)) };
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

test.each(Object.keys(moments).map((title, n) => [signals[n % 3] as NodeJS.Signals, title] as const))(
  '%s while it %s: back to where it was, alone and with nothing over',
  async (signal, title) => {
    const one = await place();
    const { code, stdout, stderr, left } = await stopAt(moments[title] as Moment, one, (child) => child.kill(signal));
    expect({ code, stdout }).toEqual({ code: 128 + constants.signals[signal], stdout: '' });
    // What the kernel kills with its parent may take a moment to go.
    await expect.poll(left, { timeout: 60_000 }).toEqual([]);
    expect(stderr).toMatch(/^ww: interrupted\. Nothing was changed\.\n$/m);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(await one.ww('list', '--format', 'freeze')).toMatchObject({ stdout: 'app==1.0\n' });
    if (!title.startsWith('waits')) expect(one.over()).toEqual([]);
  },
);

test.each([
  ['checks, deaf to signals', check("trap '' INT TERM HUP;"), 'SIGTERM'],
  ['runs a hook for an installation', moments['runs a hook for an installation'] as Moment, 'SIGKILL'],
] as const)(
  'a second signal, or a kill, while it %s ends it at once, and the next command clears up',
  async (_, moment, last) => {
    const one = await place();
    const { code, signal, left } = await stopAt(moment, one, async (child) => {
      if (last === 'SIGTERM') child.kill(last);
      await wait(20); // two of a kind at one moment are one
      child.kill(last);
    });
    expect({ code, signal }).toEqual(last === 'SIGKILL' ? { code: null, signal: last } : { code: 143, signal: null });
    // Who watched over its children sees that it is gone.
    await until(() => left().length === 0);
    expect(await one.ww('list', '--format', 'freeze')).toMatchObject({ stdout: 'app==1.0\n' });
    expect(await one.ww('install', one.two)).toMatchObject({ code: 0 });
    expect(await one.ww('build', '--sdist', '-o', 'out', 'tree')).toMatchObject({ code: 0 });
    expect(one.over()).toEqual(['demo-1.0.tar.gz']);
    expect(await one.ww('verify')).toMatchObject({ code: 0 });
  },
);

// Opens the bench: its directories, the environment of all commands, the loopback index and the tools that are compared.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { type FreshFileSystem, mountFreshFileSystem } from './fresh-file-system.ts';
import { findTools } from './tools/find-tools.ts';
import { inOneCommand } from './tools/ww.ts';
import type { Bench } from './types.ts';

/** What a run of the bench is asked for. */
export interface BenchOptions {
  readonly quick: boolean;
  readonly rounds: number;
  readonly skip: (sentence: string) => void;
}

/** Opens the bench of the checkout at `rootDir`. */
export async function openBench(rootDir: string, { quick, rounds, skip }: BenchOptions): Promise<Bench> {
  const baseDir = realpathSync(mkdtempSync(path.join(tmpdir(), 'wheelwright-bench-')));
  const home = path.join(baseDir, 'home');
  mkdirSync(home);
  const { PATH = '' } = process.env;
  const environment: NodeJS.ProcessEnv = {
    PATH,
    HOME: home,
    TMPDIR: baseDir,
    LANG: 'C.UTF-8',
    PIP_CONFIG_FILE: '/dev/null',
  };
  const python = baseInterpreter();
  const server = await startIndexServer();
  const surroundings = { rootDir, cwd: baseDir, python, environment, indexUrl: server.indexUrl };
  const { tools, absent } = findTools(surroundings);
  const ownDirs = [baseDir];
  const closing: (() => Promise<unknown>)[] = [];
  const mounted: FreshFileSystem[] = [];
  let [seriesDir, count] = [baseDir, 0];
  return {
    rootDir,
    baseDir,
    get seriesDir() {
      return seriesDir;
    },
    keptDir: path.join(rootDir, '.cache', 'bench'),
    quick,
    rounds,
    python,
    environment,
    server,
    tools,
    installers: tools.flatMap((tool) => (tool.ours ? [tool, inOneCommand(tool, surroundings)] : [tool])),
    absent,
    ownDirs,
    skip,
    size: (full) => (quick ? full / 10 : full),
    openSeries() {
      seriesDir = path.join(baseDir, `series-${count++}`);
      mkdirSync(seriesDir);
      const fresh = mountFreshFileSystem(seriesDir);
      if (fresh === undefined)
        skip(
          'fresh file systems: they need root, loop devices and mkfs.ext4; after removals every ratio is nearer to 1',
        );
      else mounted.push(fresh);
      mkdirSync(path.join(seriesDir, 'tmp'));
      environment.TMPDIR = path.join(seriesDir, 'tmp');
      return seriesDir;
    },
    onClose: (work) => void closing.push(work),
    async close() {
      await Promise.all([server.close(), ...closing.map((work) => work())]);
      // Nothing is removed before the end: ext4 is slow to make files just after a removal.
      for (const fresh of mounted) fresh.close();
      for (const dir of ownDirs) rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** The interpreter under `python3`, behind shims and virtual environments. */
function baseInterpreter(): string {
  const script = 'import os, sys; print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))';
  const { status, stdout } = spawnSync('python3', ['-c', script], { encoding: 'utf8' });
  if (status !== 0) throw new Error('There is no python3 on the path.');
  return stdout.trim();
}

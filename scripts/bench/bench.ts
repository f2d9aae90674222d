// What all jobs share: where they work, what they run with, the loopback index, and the tools that are compared.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type IndexServer, startIndexServer } from '@wheelwright/testkit/index-server';
import { findTools } from './tools/find-tools.ts';
import type { Tool } from './tools/tool.ts';
import { inOneCommand } from './tools/ww.ts';

/** The bench, open until `close`. */
export interface Bench {
  readonly rootDir: string;
  readonly baseDir: string;
  /** What is fetched or made once and kept between runs. */
  readonly keptDir: string;
  readonly quick: boolean;
  readonly rounds: number;
  /** The real interpreter that all tools are given. */
  readonly python: string;
  /** All that a command is told by its environment: a path, a home that is empty, a language. */
  readonly environment: NodeJS.ProcessEnv;
  readonly server: IndexServer;
  readonly tools: readonly Tool[];
  /** The same where a fresh environment is filled: ours also as one command. */
  readonly installers: readonly Tool[];
  readonly absent: readonly string[];
  /** How many of something: all, or a tenth when in a hurry. */
  size(full: number): number;
  /** Says why something is left out. */
  skip(sentence: string): void;
  /** Removed in the end, with everything in it. */
  ownDirs: string[];
  close(): Promise<void>;
}

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
  const environment = { PATH, HOME: home, TMPDIR: baseDir, LANG: 'C.UTF-8', PIP_CONFIG_FILE: '/dev/null' };
  const python = baseInterpreter();
  const server = await startIndexServer();
  const surroundings = { rootDir, cwd: baseDir, python, environment, indexUrl: server.indexUrl };
  const { tools, absent } = findTools(surroundings);
  const ownDirs = [baseDir];
  return {
    rootDir,
    baseDir,
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
    async close() {
      await server.close();
      // Only now: what is made on ext4 just after a removal is slow.
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

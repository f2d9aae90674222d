// A place for one build in a test: a tree with an in-tree backend, an out directory, and what the backend left as marks.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { BuildOptions } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { type BackendTreeOptions, writeBackendTree } from '@wheelwright/testkit/trees';
import { hostProvisioner, hostPython } from './provisioners.ts';

/** A tree, and the options to build a wheel of it. */
export function place(options: BackendTreeOptions = {}, more: Partial<BuildOptions> = {}) {
  const dir = temporaryDir();
  const tree = path.join(dir, 'tree');
  const outDir = path.join(dir, 'out');
  const buildsDir = path.join(dir, 'builds');
  const marksDir = path.join(dir, 'marks');
  mkdirSync(marksDir);
  writeBackendTree(tree, { marksDir, ...options });
  const provisioner = hostProvisioner();
  const request: BuildOptions = {
    sourceDir: tree,
    kind: 'wheel',
    outDir,
    buildsDir,
    interpreter: hostPython,
    provisioner,
    environment: process.env,
    ...more,
  };
  const mark = (name: string) => {
    const file = path.join(marksDir, name);
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  return { dir, tree, outDir, buildsDir, provisioner, request, mark };
}

/** Every path in a tree. */
export function namesIn(dir: string): string[] {
  return existsSync(dir) ? (readdirSync(dir, { recursive: true }) as string[]).sort() : [];
}

/** Waits until `get` gives something. */
export async function until<T>(get: () => T | undefined | '' | false): Promise<T> {
  for (;;) {
    const value = get();
    if (value) return value;
    await setTimeout(5);
  }
}

/** Whether a process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    if (existsSync('/proc/self')) return false;
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  }
}

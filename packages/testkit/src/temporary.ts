// Temporary directories that vanish with the test that asked for them.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';

/** A fresh, empty directory (absolute, real path), removed when the running test ends. */
export function temporaryDir(prefix = 'ww-test-'): string {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), prefix)));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }));
  return dir;
}

/** The same in memory where there is such a place: for loops that make and remove thousands of small trees. */
export function memoryDir(prefix = 'ww-test-'): string {
  const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  const dir = realpathSync(mkdtempSync(path.join(parent, prefix)));
  onTestFinished(() => removeClosed(dir));
  return dir;
}

/** Puts a copy of the tree `from` at `to`, whatever lay there; links as they are, and times but for their nanoseconds. */
export function copyTree(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
}

/** The same with times to the last nanosecond, by which a write is noticed, and of trees that are closed to writers. */
export function copyTreeExactly(from: string, to: string): void {
  removeClosed(to);
  execFileSync('cp', ['-a', from, to]);
}

function removeClosed(dir: string): void {
  try {
    rmSync(dir, { recursive: true, force: true });
  } catch {
    // Only root can remove files from a directory without write permission.
    execFileSync('chmod', ['-R', 'u+rwX', dir]);
    rmSync(dir, { recursive: true, force: true });
  }
}

// Damage to an environment as data: where it is done, what has to be said of it, and whether it can be put right.
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, lstatSync, rmSync, truncateSync } from 'node:fs';
import type { Settings } from '../src/index.ts';

export type Layout = 'own' | 'shared' | 'plain';

/** Where things lie in the environment of a case. */
export interface Scene {
  readonly env: string;
  /** The current generation, or the environment itself. */
  readonly prefix: string;
  readonly site: string;
  readonly settings: Settings;
}

export interface Damage {
  readonly what: string;
  readonly layouts?: readonly Layout[];
  readonly does: (scene: Scene) => void | Promise<void>;
  /** What `verify` or its error names; by default that something is wrong is enough. */
  readonly names?: RegExp;
  /** Why it cannot be repaired; absent: it can. */
  readonly refuses?: RegExp;
}

export const own: readonly Layout[] = ['own', 'shared'];
export const remove = (file: string) => {
  if (lstatSync(file, { throwIfNoEntry: false })?.isDirectory()) execFileSync('chmod', ['-R', 'u+w', file]);
  rmSync(file, { recursive: true, force: true });
};
export const edit = (file: string) => {
  chmodSync(file, 0o644);
  appendFileSync(file, '# edited\n');
};
export const empty = (file: string) => {
  chmodSync(file, 0o644);
  truncateSync(file);
};

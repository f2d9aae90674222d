// What `verify` looks at in an environment that leads into a shared generation: the same files, some of them elsewhere,
// and what no RECORD can say of them.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { scriptStub } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import { filesOf } from '../read/carry.ts';
import { changedDirectories, readManifest, sharedOwnFiles } from '../read/shared-manifest.ts';

export interface SharedLook {
  /** Where a file of the prefix lies. */
  locate(file: string): string;
  /** The files of the shared generation, relative to the prefix. */
  readonly files: readonly string[];
  /** Directories that somebody wrote into, scripts that somebody edited. */
  readonly changed: readonly string[];
}

/** The look at `state`; of an environment that shares nothing there is nothing to say. */
export function lookShared({ environmentDir, prefixDir, layout, shared }: InstalledState): SharedLook {
  const manifest = shared?.dir === undefined ? undefined : readManifest(shared.dir);
  const inPrefix = (file: string) => path.join(prefixDir, file);
  if (manifest === undefined || shared?.dir === undefined) return { locate: inPrefix, files: [], changed: [] };
  const programs = new Set(manifest.programs.map((name) => `${layout.scripts}/${name}`));
  // RECORD has no hash of a stub: it is another one in each environment.
  const edited = manifest.scripts.filter((name) => {
    const file = inPrefix(`${layout.scripts}/${name}`);
    return existsSync(file) && readFileSync(file, 'utf8') !== scriptStub(environmentDir, name);
  });
  return {
    locate: (file) => (programs.has(file) ? path.join(shared.dir!, file) : inPrefix(file)),
    files: filesOf(shared.dir).filter((file) => !sharedOwnFiles.has(file)),
    changed: [...changedDirectories(shared.dir), ...edited.map((name) => `${layout.scripts}/${name}`)],
  };
}

// The name of a shared generation: everything that decides what lies in it, and nothing else. Equal sets of wheels for
// equal Pythons have one name, whichever environment asks and in whatever order it came to the set.
import { createHash } from 'node:crypto';
import { supportFiles } from '@wheelwright/python';
import type { SharedManifest } from '../read/shared-manifest.ts';
import { sharedFormat } from './data-directory.ts';

/** The key of what `manifest` describes, in hex. */
export function sharedKey(
  manifest: Pick<SharedManifest, 'cacheTag' | 'magic' | 'libDirName' | 'distributions' | 'variant'>,
): string {
  const { cacheTag, magic, libDirName, distributions, variant } = manifest;
  const set = distributions
    .map(({ name, version, sha256, requested, directUrl }) => [name, version, sha256, requested, directUrl])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  // The modules of ours that lie in it; what its scripts start follows from the wheels.
  const ours = supportFiles([]).map(({ sha256 }) => sha256);
  return digest([sharedFormat, cacheTag, magic, libDirName, ours, set, variant]);
}

/** Of plain data, in hex. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

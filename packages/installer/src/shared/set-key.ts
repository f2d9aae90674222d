// The name of a shared generation: a hash of everything that determines its content. Equal sets of wheels for equal Pythons
// have one name, whichever environment asks and in whatever order it came to the set.
import { createHash } from 'node:crypto';
import { supportFiles } from '@wheelwright/python';
import type { SharedManifest } from '../read/shared-manifest.ts';
import { sharedFormat } from './data-directory.ts';

/** The key of the generation that `manifest` describes, in hexadecimal. */
export function sharedKey(
  manifest: Pick<SharedManifest, 'cacheTag' | 'magic' | 'libDirName' | 'distributions' | 'variant'>,
): string {
  const { cacheTag, magic, libDirName, distributions, variant } = manifest;
  const set = distributions
    .map(({ name, version, sha256, requested, directUrl }) => [name, version, sha256, requested, directUrl])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  // Our own modules in it; what its scripts start follows from the wheels.
  const ours = supportFiles([]).map(({ sha256 }) => sha256);
  return digest([sharedFormat, cacheTag, magic, libDirName, ours, set, variant]);
}

/** The sha256 of plain data, in hexadecimal. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

// The RECORD of an installed distribution, from paths in the prefix and the hashes of the files that are there.
import { createHash } from 'node:crypto';
import { formatRecord, type RecordEntry } from '@wheelwright/packaging';
import type { InstalledFile, SchemeLayout } from '../model/types.ts';

/** The text of a RECORD that names `files`. */
export function recordText(files: readonly InstalledFile[], layout: SchemeLayout): string {
  return formatRecord(recordEntries(files, layout));
}

/** The rows of that RECORD. Paths are relative to site-packages, as the specification wants. */
export function recordEntries(files: readonly InstalledFile[], { sitePackages }: SchemeLayout): RecordEntry[] {
  const up = '../'.repeat(sitePackages.split('/').length);
  return files.map(({ path: target, sha256, size }): RecordEntry => {
    const inSite = sitePackages === '' || target.startsWith(`${sitePackages}/`);
    return {
      path: inSite ? target.slice(sitePackages === '' ? 0 : sitePackages.length + 1) : up + target,
      hash: recordHash(sha256),
      size,
    };
  });
}

function recordHash(text: string | undefined): RecordEntry['hash'] {
  if (text === undefined) return undefined;
  const at = text.indexOf('=');
  return at < 0 ? { algorithm: 'sha256', digest: text } : { algorithm: text.slice(0, at), digest: text.slice(at + 1) };
}

/** The row of a file with the content `data`. */
export function hashed(target: string, data: string | Uint8Array): InstalledFile {
  return { path: target, sha256: createHash('sha256').update(data).digest('base64url'), size: Buffer.byteLength(data) };
}

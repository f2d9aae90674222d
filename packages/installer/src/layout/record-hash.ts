// Hashes as RECORD states them.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** The hash of the file at the absolute path `file`, in base64url; undefined where it is not a regular file. */
export function hashText(file: string, algorithm = 'sha256'): string | undefined {
  try {
    return createHash(algorithm).update(readFileSync(file)).digest('base64url');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR')) return undefined;
    throw error;
  }
}

/** A sha256 in hexadecimal, as a RECORD spells it. */
export function recordDigest(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url');
}

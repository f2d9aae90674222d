// The file of certificates that a user names in place of the usual authorities.
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { IndexError } from '../errors.ts';

/** The file as it is; throws INDEX_BAD_CERTIFICATES where it cannot be read or holds no certificate in PEM. */
export function readCertificates(certPath: string): string {
  try {
    const text = readFileSync(certPath, 'utf8');
    new X509Certificate(text); // Node passes over a file without one, and then every server would seem to be unknown
    return text;
  } catch (cause) {
    const why = cause instanceof Error && 'syscall' in cause ? cause.message : 'it holds no certificate in PEM';
    throw new IndexError('INDEX_BAD_CERTIFICATES', `The certificates in ${certPath} cannot be used: ${why}.`, {
      cause,
      hint: 'Name a file of certificates in PEM that this user may read, or none.',
      data: { path: certPath },
    });
  }
}

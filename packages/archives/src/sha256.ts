// sha256 on this thread or beside it. Large content is hashed in the pool while this thread inflates what comes next,
// which keeps two processors busy; for small content the way there and back costs more than the work.
import { hash, webcrypto } from 'node:crypto';

/** From this size on, hashing elsewhere pays. */
export const worthAThread = 128 * 1024;

/** In hex. */
export function sha256(content: Uint8Array): string {
  return hash('sha256', content, 'hex');
}

/** In hex, of content that is not written to meanwhile. */
export async function sha256Beside(content: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', content as Uint8Array<ArrayBuffer>)).toString('hex');
}

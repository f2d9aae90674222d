// Keys for tests of the command, made without it: the text that `ww remote keygen` prints.
import { generateKeyPairSync } from 'node:crypto';

/** A pair of keys as the variables hold them. */
export function generateKeys(id: string): { readonly signingKey: string; readonly trustedKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const tail = (der: Buffer) => `${id}:${der.subarray(-32).toString('base64')}`;
  return {
    signingKey: tail(privateKey.export({ format: 'der', type: 'pkcs8' })),
    trustedKey: tail(publicKey.export({ format: 'der', type: 'spki' })),
  };
}

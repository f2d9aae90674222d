// Keys of ed25519 as text: `<id>:<base64>`, where the base64 holds the 32 bytes of the seed, or of the public key. The id
// tells which trust domain signed; readers hold public keys alone and cannot sign.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { RemoteError } from '../errors.ts';

/** A signature over some bytes, and the id of the key that made it. */
export interface Signature {
  readonly keyId: string;
  /** In base64. */
  readonly ed25519: string;
}

/** Signs for one trust domain. */
export interface Signer {
  readonly keyId: string;
  sign(bytes: Uint8Array): Signature;
}

/** The public keys that a reader trusts. */
export interface Verifier {
  readonly size: number;
  /** Whether one of the signatures is by a trusted key and over exactly these bytes. */
  verifies(bytes: Uint8Array, signatures: readonly Signature[]): boolean;
}

/** What precedes the 32 bytes of a seed in PKCS #8, and of a public key in SPKI (RFC 8410). */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const keyBytes = 32;

/** How many signatures of one record are looked at. */
const mostSignatures = 8;

/** Makes a pair of keys; each line is a value for a variable. `id` is letters, digits, `.`, `_` and `-`. */
export function generateSigningKeys(id: string): { readonly signingKey: string; readonly trustedKey: string } {
  checkId(id, 'The id');
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-keyBytes);
  return { signingKey: `${id}:${seed.toString('base64')}`, trustedKey: `${id}:${publicBytes(publicKey)}` };
}

/**
 * The signer for a signing key.
 * @throws RemoteError REMOTE_MISCONFIGURED, which quotes nothing of the key.
 */
export function parseSigningKey(text: string): Signer & { readonly trustedKey: string } {
  const { id, bytes } = parseKey(text, 'The signing key');
  const key = createPrivateKey({ key: Buffer.concat([seedPrefix, bytes]), format: 'der', type: 'pkcs8' });
  return {
    keyId: id,
    trustedKey: `${id}:${publicBytes(createPublicKey(key))}`,
    sign: (message) => ({ keyId: id, ed25519: sign(null, message, key).toString('base64') }),
  };
}

/**
 * The verifier for some trusted keys. One id may have several keys, so that a key can be replaced while both are trusted.
 * @throws RemoteError REMOTE_MISCONFIGURED if one of them is not a public key.
 */
export function parseTrustedKeys(texts: readonly string[]): Verifier {
  const keys = texts.map((text) => {
    const { id, bytes } = parseKey(text, 'A trusted key');
    return { id, key: createPublicKey({ key: Buffer.concat([publicPrefix, bytes]), format: 'der', type: 'spki' }) };
  });
  return {
    size: keys.length,
    verifies: (message, signatures) =>
      signatures
        .slice(0, mostSignatures)
        .some(({ keyId, ed25519 }) =>
          keys.some(({ id, key }) => id === keyId && verify(null, message, key, Buffer.from(ed25519, 'base64'))),
        ),
  };
}

function publicBytes(key: KeyObject): string {
  return key.export({ format: 'der', type: 'spki' }).subarray(-keyBytes).toString('base64');
}

function parseKey(text: string, what: string): { id: string; bytes: Buffer } {
  const [id = '', encoded = '', ...rest] = text.trim().split(':');
  checkId(id, what);
  const bytes = Buffer.from(encoded, 'base64');
  if (rest.length > 0 || !/^[A-Za-z0-9+/]{43}=$/.test(encoded) || bytes.length !== keyBytes)
    throw new RemoteError('REMOTE_MISCONFIGURED', `${what} is not <id>:<base64 of 32 bytes>.`);
  return { id, bytes };
}

function checkId(id: string, what: string): void {
  if (/^[\w.-]{1,64}$/.test(id)) return;
  throw new RemoteError(
    'REMOTE_MISCONFIGURED',
    `${what} has no id of letters, digits, ".", "_" and "-" before a colon.`,
  );
}

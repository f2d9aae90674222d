// Hashes of content in memory, by the names that RECORD uses.
import { hash } from 'node:crypto';

/** The sha256 of `content` in hex. */
export function sha256(content: Uint8Array): string {
  return hash('sha256', content, 'hex');
}

interface Algorithm {
  /** As Node names it. */
  readonly node: string;
  /** The length of the digest, in bytes. */
  readonly size: number;
  /** Strong enough for a RECORD: sha256 or better. */
  readonly strong: boolean;
}

// The names are those of Python's hashlib.
const algorithms: Readonly<Record<string, Algorithm>> = {
  md5: { node: 'md5', size: 16, strong: false },
  sha1: { node: 'sha1', size: 20, strong: false },
  sha224: { node: 'sha224', size: 28, strong: false },
  sha256: { node: 'sha256', size: 32, strong: true },
  sha384: { node: 'sha384', size: 48, strong: true },
  sha512: { node: 'sha512', size: 64, strong: true },
  sha3_256: { node: 'sha3-256', size: 32, strong: true },
  sha3_384: { node: 'sha3-384', size: 48, strong: true },
  sha3_512: { node: 'sha3-512', size: 64, strong: true },
  blake2b: { node: 'blake2b512', size: 64, strong: true },
  blake2s: { node: 'blake2s256', size: 32, strong: true },
};

/** What is known of a hash algorithm, by its name in `hashlib`; undefined where it cannot be computed here. */
export function knownAlgorithm(name: string): Algorithm | undefined {
  return Object.hasOwn(algorithms, name) ? algorithms[name] : undefined;
}

/** The digest of `content` in hex. `name` is one of a known algorithm. */
export function digestOf(name: string, content: Uint8Array): string {
  return hash(algorithms[name]!.node, content, 'hex');
}

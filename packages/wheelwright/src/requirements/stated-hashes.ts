// Collects the hashes that are stated beside a requirement (`--hash`), in a constraint or in the fragment of a URL. All code
// that fetches an artifact asks here which hashes it must have, and compares them here.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { NormalizedName } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** `algorithm:digest`, both in lower case. An artifact must have one hash of a list. */
export type StatedHash = string;

/** Node's names of the algorithms. */
const algorithms: Readonly<Record<string, string>> = {
  md5: 'md5',
  sha1: 'sha1',
  sha224: 'sha224',
  sha256: 'sha256',
  sha384: 'sha384',
  sha512: 'sha512',
  blake2b: 'blake2b512',
  sha3_256: 'sha3-256',
  sha3_384: 'sha3-384',
  sha3_512: 'sha3-512',
};
/** Algorithms with known collisions. `--hash` must not use them; an index or a URL still may. */
const weak = ['md5', 'sha1'];

/**
 * The values of `--hash` options, checked.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for an unknown or weak algorithm; `source` is its place, for the message.
 */
export function readHashOptions(values: readonly string[], source: string): readonly StatedHash[] {
  return values.map((value) => {
    const [algorithm = '', digest = ''] = value.toLowerCase().split(':');
    if (algorithms[algorithm] !== undefined && !weak.includes(algorithm)) return `${algorithm}:${digest}`;
    const why = weak.includes(algorithm) ? 'is too weak to rely on' : 'is not known';
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${source} states a hash of the algorithm ${algorithm}, which ${why}.`,
      {
        hint: 'State the sha256.',
        data: { source, algorithm },
      },
    );
  });
}

/** The hashes in a URL's fragment, `#sha256=…&subdirectory=…` (PEP 503). Other keys of the fragment are not hashes. */
export function hashesInFragment(url: string): readonly StatedHash[] {
  const fragment = /#(.*)$/s.exec(url)?.[1] ?? '';
  return fragment.split('&').flatMap((part) => {
    const [, algorithm = '', digest = ''] = /^([a-z0-9_]+)=([0-9a-f]+)$/i.exec(part) ?? [];
    return algorithms[algorithm.toLowerCase()] === undefined ? [] : [`${algorithm}:${digest}`.toLowerCase()];
  });
}

/** The hashes that a page states for a file, of algorithms that Node can compute. */
export function knownHashes(ofPage: Readonly<Record<string, string>>): readonly StatedHash[] {
  return Object.entries(ofPage).flatMap(([algorithm, digest]) =>
    algorithms[algorithm.toLowerCase()] === undefined ? [] : [`${algorithm}:${digest}`.toLowerCase()],
  );
}

/** All stated hashes, by the name of the distribution. */
export class HashesByName {
  readonly #byName = new Map<NormalizedName, readonly StatedHash[]>();

  /**
   * Adds the hashes of one place. An artifact must have a hash that all places state.
   * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT if the places have no hash in common.
   */
  add(name: NormalizedName, hashes: readonly StatedHash[], source: string): void {
    if (hashes.length === 0) return;
    const known = this.#byName.get(name);
    const both = known === undefined ? hashes : known.filter((hash) => hashes.includes(hash));
    if (both.length > 0) this.#byName.set(name, both);
    else
      throw new WheelwrightError(
        'WHEELWRIGHT_BAD_INPUT',
        `${source} states hashes of ${name} that differ from those stated elsewhere: no file can have both.`,
        { hint: 'State the same hashes in each place.', data: { name, source, hashes, elsewhere: known } },
      );
  }

  /** The hashes of which an artifact of `name` needs one; undefined if none are stated. */
  of(name: NormalizedName): readonly StatedHash[] | undefined {
    return this.#byName.get(name);
  }

  /** The same as a map, for the resolver's provider. */
  toMap(): ReadonlyMap<NormalizedName, readonly StatedHash[]> {
    return this.#byName;
  }
}

/** The sha256 (hex) if it is the only stated hash; else undefined. */
export function onlySha256(stated: readonly StatedHash[] = []): string | undefined {
  return stated.length === 1 && stated[0]!.startsWith('sha256:') ? stated[0]!.slice('sha256:'.length) : undefined;
}

/**
 * Compares a file's content with its stated hashes, and returns its sha256. `known` holds digests of that content (hex, by
 * algorithm) that the caller has; the others are computed here, reading the file once.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH, which names the expected and the found hashes.
 */
export function requireStatedHash(
  artifact: string,
  stated: readonly StatedHash[],
  file: { readonly path: string; readonly known?: Readonly<Record<string, string>> },
): string {
  const wanted = new Set(['sha256', ...stated.map((hash) => hash.slice(0, hash.indexOf(':')))]);
  const missing = [...wanted].filter((algorithm) => file.known?.[algorithm] === undefined);
  const found: Record<string, string> = { ...file.known, ...hashFile(file.path, missing) };
  requireOneOf(artifact, stated, found);
  return found.sha256!;
}

/**
 * Compares digests (hex, by algorithm) with the stated hashes.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH.
 */
export function requireOneOf(
  artifact: string,
  stated: readonly StatedHash[],
  found: Readonly<Record<string, string>>,
): void {
  const own = Object.entries(found).map(([algorithm, digest]) => `${algorithm}:${digest}`.toLowerCase());
  if (stated.length === 0 || own.some((hash) => stated.includes(hash))) return;
  const comparable = own.filter((hash) => stated.some((one) => one.startsWith(hash.slice(0, hash.indexOf(':') + 1))));
  throw new WheelwrightError(
    'WHEELWRIGHT_HASH_MISMATCH',
    `${artifact} does not have the stated hash: expected ${stated.join(' or ')}, found ${comparable.join(', ')}.`,
    {
      hint: 'The file or the stated hash is wrong. Do not use the file before you know which.',
      data: { artifact, expected: stated, found: comparable },
    },
  );
}

const pieceSize = 1024 * 1024;

/** Computes several digests (hex) of a file in one reading. */
function hashFile(filePath: string, names: readonly string[]): Record<string, string> {
  if (names.length === 0) return {};
  const hashes = names.map((name) => [name, createHash(algorithms[name]!)] as const);
  const fd = openSync(filePath, 'r');
  try {
    const piece = Buffer.allocUnsafe(pieceSize);
    for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece))
      for (const [, hash] of hashes) hash.update(piece.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return Object.fromEntries(hashes.map(([name, hash]) => [name, hash.digest('hex')]));
}

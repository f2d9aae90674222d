// The one place where stated hashes arrive: beside a requirement (`--hash`), in a constraint, in the fragment of a URL.
// Every way that leads to an artifact asks here which hashes it has to have, and compares them here.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import type { NormalizedName } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** `algorithm:digest`, both in lower case. An artifact has to have one of a list of them. */
export type StatedHash = string;

/** The names of the algorithms as Node spells them. */
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
/** Collisions of these can be made, so a person may not rely on them; an index or a URL still may state them. */
const weak = ['md5', 'sha1'];

/**
 * The values of `--hash` options, checked.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT for an algorithm that is unknown or weak; `source` says where it stands.
 */
export function readHashOptions(values: readonly string[], source: string): readonly StatedHash[] {
  return values.map((value) => {
    const [algorithm = '', digest = ''] = value.toLowerCase().split(':');
    if (algorithms[algorithm] !== undefined && !weak.includes(algorithm)) return `${algorithm}:${digest}`;
    const why = weak.includes(algorithm) ? 'is too weak to rely on' : 'is not known';
    throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${source} states a hash by ${algorithm}, which ${why}.`, {
      hint: 'State the sha256.',
      data: { source, algorithm },
    });
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

/** What a page states of a file, of the algorithms that can be computed here. */
export function knownHashes(ofPage: Readonly<Record<string, string>>): readonly StatedHash[] {
  return Object.entries(ofPage).flatMap(([algorithm, digest]) =>
    algorithms[algorithm.toLowerCase()] === undefined ? [] : [`${algorithm}:${digest}`.toLowerCase()],
  );
}

/** Hashes by the name of the distribution, from wherever they were stated. */
export class HashesByName {
  readonly #byName = new Map<NormalizedName, readonly StatedHash[]>();

  /**
   * Adds what one place states; an artifact then needs a hash that every place states.
   * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT where no hash is left.
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

  /** The hashes of which an artifact of `name` needs one; undefined where none are stated. */
  of(name: NormalizedName): readonly StatedHash[] | undefined {
    return this.#byName.get(name);
  }

  /** The same as a map, for the resolver's provider. */
  toMap(): ReadonlyMap<NormalizedName, readonly StatedHash[]> {
    return this.#byName;
  }
}

/** The sha256 that is the only hash stated, in hex; undefined where there are others, or none. */
export function onlySha256(stated: readonly StatedHash[] = []): string | undefined {
  return stated.length === 1 && stated[0]!.startsWith('sha256:') ? stated[0]!.slice('sha256:'.length) : undefined;
}

/**
 * Compares a file's content with the hashes that were stated for it, and returns its sha256. `known` holds digests (hex,
 * by algorithm) that were taken of that content already; the others are taken here, in one reading.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH naming what was expected and what was found.
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
 * Compares digests (hex, by algorithm) with the hashes that were stated.
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
    `${artifact} does not have the hash that was stated: expected ${stated.join(' or ')}, found ${comparable.join(', ')}.`,
    {
      hint: 'Do not use it before you know why: the file, or the place that offers it, has changed.',
      data: { artifact, expected: stated, found: comparable },
    },
  );
}

const pieceSize = 1024 * 1024;

/** Digests in hex, of a file read once in pieces. */
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

// Where a store keeps what. The version of this layout, and of the files in it, is the number below.
import path from 'node:path';

/** Raised when a store written by this version could be misread by the one before it. */
export const storeFormat = 1;

export interface StorePaths {
  readonly dir: string;
  /** One line: the number of the format. Written last when a store is made. */
  readonly format: string;
  /** A file for every process that uses the store, locked while it does. */
  readonly leases: string;
  /** A file for every entry that was ever filled, locked while it is. */
  readonly locks: string;
  /** What is not finished: `<lease>.<n>`, litter once its lease is free. */
  readonly staging: string;
  /** `<sha256 of the wheel>/<n>/`: the highest n counts. */
  readonly wheels: string;
  /** `<sha256 of the wheel>-<cache tag>-<magic>/<n>/`. */
  readonly bytecode: string;
  readonly responses: string;
  readonly facts: string;
  readonly builds: string;
  readonly environments: string;
  /** Working trees of repositories; their maker fills and prunes them. */
  readonly checkouts: string;
}

export function storePaths(dir: string): StorePaths {
  const below = (name: string) => path.join(dir, name);
  return {
    dir,
    format: below('format'),
    leases: below('leases'),
    locks: below('locks'),
    staging: below('staging'),
    wheels: below('wheels'),
    bytecode: below('bytecode'),
    responses: below('responses'),
    facts: below('facts'),
    builds: below('builds'),
    environments: below('environments'),
    checkouts: below('checkouts'),
  };
}

/** The directory in an entry where the processes that use it leave their pins; made before the entry is published. */
export const pinsName = 'pins';

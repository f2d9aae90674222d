// Implements the installer's `WheelTree` over the store: an unpacked wheel, its manifest and its byte-code.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { WheelTree } from '@wheelwright/installer';
import { type Metadata, normalizeName, parseMetadata } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Store, StoredWheel } from '@wheelwright/store';
import { readMetadataFields } from '../requirements/metadata-fields.ts';

export interface WheelTreeOptions {
  readonly requested: boolean;
  /** The text of direct_url.json, for a wheel that does not come from an index. */
  readonly directUrl?: string | undefined;
  /** Compile byte-code for this interpreter, once for each wheel and store. */
  readonly compileFor?: Interpreter | undefined;
}

/** Converts a stored wheel to an input of the installer. */
export async function toWheelTree(store: Store, wheel: StoredWheel, options: WheelTreeOptions): Promise<WheelTree> {
  const { manifest } = wheel;
  const bytecode = options.compileFor === undefined ? undefined : await store.addBytecode(wheel, options.compileFor);
  return {
    name: normalizeName(manifest.name),
    version: manifest.version,
    sha256: wheel.sha256,
    treeDir: wheel.treeDir,
    distInfoDir: manifest.distInfoDir,
    dataDir: manifest.dataDir,
    rootIsPurelib: manifest.rootIsPurelib,
    // These lists are long, and a change that finds its shared generation ready does not read them.
    get directories() {
      return manifest.directories;
    },
    get files() {
      return manifest.files;
    },
    listing: {
      groups: manifest.groups,
      get record() {
        return wheel.record;
      },
    },
    entryPoints: manifest.entryPoints,
    requested: options.requested,
    ...(bytecode === undefined ? {} : { bytecode }),
    ...(options.directUrl === undefined ? {} : { directUrl: options.directUrl }),
  };
}

/** The METADATA text of a stored wheel. */
export function readStoredMetadata(wheel: StoredWheel): string {
  return readFileSync(metadataOf(wheel), 'utf8');
}

function metadataOf({ treeDir, manifest }: StoredWheel): string {
  return path.join(treeDir, manifest.distInfoDir, 'METADATA');
}

const parsed = new WeakMap<StoredWheel, Metadata>();

/**
 * The fields of METADATA of a stored wheel, which no program edits: it is read once. Throws PACKAGING_INVALID_METADATA.
 */
export function storedMetadata(wheel: StoredWheel): Metadata {
  const metadata = parsed.get(wheel) ?? parseMetadata(readMetadataFields(metadataOf(wheel)));
  parsed.set(wheel, metadata);
  return metadata;
}

// Reads a wheel from its entry in the store, and compares its files with the manifest.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { WheelDescription } from '@wheelwright/archives';
import { isErrno } from '@wheelwright/errors';
import { storeFormat } from '../store-paths.ts';
import { damaged, type ManifestFile, readTreeManifest, recordFile, type TreeManifest } from './manifest.ts';

/** What a stored wheel is and holds. */
export interface WheelManifest extends TreeManifest {
  /** The version of the entry's format. */
  readonly format: number;
  /** The file name of the wheel. */
  readonly filename: string;
  /** Normalized. */
  readonly name: string;
  /** As the file name states it, normalized. */
  readonly version: string;
  /** The name of its dist-info directory. */
  readonly distInfoDir: string;
  /** `x-1.data`, whether or not the wheel has one. */
  readonly dataDir: string;
  /** Whether its root goes to purelib, as against platlib. */
  readonly rootIsPurelib: boolean;
  /** The expanded tags of the file name. */
  readonly tags: readonly string[];
  /** Its entry points, of every group. */
  readonly entryPoints: readonly {
    readonly group: string;
    readonly name: string;
    readonly module: string;
    readonly attribute: string;
  }[];
  /** What is odd about the wheel and was accepted, as sentences; absent in entries of an older version. */
  readonly warnings?: readonly string[] | undefined;
}

/** A wheel in the store, kept there until the store is closed. */
export interface StoredWheel {
  /** The sha256 of the wheel file, in hex. */
  readonly sha256: string;
  /** The file name that it was added under. */
  readonly filename: string;
  /** The absolute path of its entry. */
  readonly entryDir: string;
  /** The unpacked wheel: read-only files, never edited. */
  readonly treeDir: string;
  /** What it is and holds. */
  readonly manifest: WheelManifest;
  /** The rows of its files in a RECORD, read when they are asked for; undefined where an older entry lacks them. */
  readonly record: string | undefined;
}

export const treeName = 'tree';
export const wheelFile = 'wheel.json';

export function formatWheelFile(wheel: WheelDescription): string {
  const { filename, name, version, distInfoDir, dataDir, rootIsPurelib, tags, warnings } = wheel;
  const entryPoints = wheel.entryPoints.map((point) => ({
    group: point.group,
    name: point.name,
    module: point.module,
    attribute: point.attribute,
  }));
  const manifest = {
    format: storeFormat,
    filename,
    name,
    version: version.text,
    distInfoDir,
    dataDir,
    rootIsPurelib,
    tags,
  };
  return `${JSON.stringify({ ...manifest, entryPoints, ...(warnings.length > 0 ? { warnings } : {}) })}\n`;
}

/** Throws STORE_DAMAGED where the entry cannot be read. */
export function readStoredWheel(sha256: string, entryDir: string): StoredWheel {
  const tree = readTreeManifest(entryDir);
  let wheel: Omit<WheelManifest, keyof TreeManifest>;
  try {
    wheel = JSON.parse(readFileSync(path.join(entryDir, wheelFile), 'utf8'));
  } catch (cause) {
    throw damaged(entryDir, wheelFile, cause);
  }
  const manifest: WheelManifest = {
    ...wheel,
    directories: tree.directories,
    groups: tree.groups,
    get files() {
      return tree.files;
    },
  };
  const treeDir = path.join(entryDir, treeName);
  return {
    sha256,
    filename: wheel.filename,
    entryDir,
    treeDir,
    manifest,
    get record() {
      return readRecordRows(entryDir);
    },
  };
}

/** Undefined where the entry has none: byte-code, and what was unpacked before wheels had them. */
export function readRecordRows(entryDir: string): string | undefined {
  try {
    return readFileSync(path.join(entryDir, recordFile), 'utf8');
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw damaged(entryDir, recordFile, error);
  }
}

/** The paths of files that are gone or were written to since they were published. */
export function findChangedFiles(treeDir: string, files: readonly ManifestFile[]): string[] {
  return files.filter((file) => isChanged(`${treeDir}/${file.path}`, file)).map((file) => file.path);
}

function isChanged(target: string, { size, mtimeMs }: ManifestFile): boolean {
  try {
    const found = statSync(target);
    return found.size !== size || Math.trunc(found.mtimeMs) !== mtimeMs || !found.isFile();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return true;
    throw error;
  }
}

// What an entry holds, in four files: `wheel.json` (small: what the wheel is), `names` (all that linking needs), `hashes`
// (sizes, times and sha256, which only checks need) and, of a wheel, `record` (the rows of its files as an installed RECORD
// has them). Written once and read often, so the long ones are lines of text: parsing them costs half of what JSON would.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatRecord } from '@wheelwright/packaging';
import { StoreError } from '../store-error.ts';

/** A file of an entry. */
export interface ManifestFile {
  /** Relative to the tree, with '/'. */
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Its mode is 0555, as against 0444. */
  readonly executable: boolean;
  /** The sha256 of the content, in hex. */
  readonly sha256: string;
  /** The modification time of the file in the store, in whole milliseconds. */
  readonly mtimeMs: number;
}

/** The files of one directory. */
export interface FileGroup {
  /** Relative to the tree; '' for the tree itself. */
  readonly directory: string;
  /** The names of its files, sorted. */
  readonly names: readonly string[];
}

/** The part of a manifest that is about files. Both `files` and `groups` list the same, in the same order. */
export interface TreeManifest {
  /** Parents first, without the tree itself. */
  readonly directories: readonly string[];
  /** The files by directory, the tree itself first. */
  readonly groups: readonly FileGroup[];
  /** Read from the disk when it is first asked for. */
  readonly files: readonly ManifestFile[];
}

export const namesFile = 'names';
export const hashesFile = 'hashes';
export const recordFile = 'record';

/** Sorts by directory, so that `groups` are complete and directories come before their content. */
export function sortFiles(files: readonly ManifestFile[]): ManifestFile[] {
  const key = (file: ManifestFile) => [directoryOf(file.path), nameOf(file.path)] as const;
  return files
    .map((file) => ({ file, key: key(file) }))
    .sort((a, b) => compare(a.key[0], b.key[0]) || compare(a.key[1], b.key[1]))
    .map(({ file }) => file);
}

/** A line `/<directory>` before the names of the files in it; no name has a '/' in it. `files` as `sortFiles` has them. */
export function formatNames(files: readonly ManifestFile[]): string {
  const byDirectory = new Map<string, string[]>(directoriesOf(files).map((directory) => [directory, []]));
  for (const file of files) byDirectory.get(directoryOf(file.path))!.push(nameOf(file.path));
  const lines: string[] = [];
  for (const [directory, names] of byDirectory) lines.push(`/${directory}`, ...names);
  return `${lines.join('\n')}\n`;
}

/** One line a file, in the order of the names. */
export function formatHashes(files: readonly ManifestFile[]): string {
  return files
    .map(({ size, mtimeMs, executable, sha256 }) => `${sha256} ${size} ${mtimeMs} ${executable ? 'x' : '-'}\n`)
    .join('');
}

/** The rows of `files` in a RECORD. */
export function formatRows(files: readonly ManifestFile[]): string {
  return formatRecord(
    files.map(({ path: file, sha256, size }) => {
      const digest = Buffer.from(sha256, 'hex').toString('base64url');
      return { path: file, hash: { algorithm: 'sha256', digest }, size };
    }),
  );
}

/** Throws STORE_DAMAGED where the names cannot be read; `files` throws the same later. */
export function readTreeManifest(entryDir: string): TreeManifest {
  const groups = parseNames(readText(entryDir, namesFile));
  let files: readonly ManifestFile[] | undefined;
  return {
    groups,
    directories: groups.slice(1).map(({ directory }) => directory),
    get files() {
      files ??= parseHashes(entryDir, readText(entryDir, hashesFile), groups);
      return files;
    },
  };
}

function parseNames(text: string): FileGroup[] {
  const groups: { directory: string; names: string[] }[] = [];
  let names: string[] = [];
  for (const line of text.split('\n')) {
    if (line.charCodeAt(0) === 0x2f) {
      names = [];
      groups.push({ directory: line.slice(1), names });
    } else if (line !== '') names.push(line);
  }
  return groups;
}

function parseHashes(entryDir: string, text: string, groups: readonly FileGroup[]): ManifestFile[] {
  const lines = text.split('\n');
  const files: ManifestFile[] = [];
  for (const { directory, names } of groups) {
    const prefix = directory === '' ? '' : `${directory}/`;
    for (const name of names) {
      const [sha256, size, mtimeMs, executable] = lines[files.length]?.split(' ') ?? [];
      if (executable === undefined) throw damaged(entryDir, hashesFile);
      files.push({
        path: prefix + name,
        size: Number(size),
        executable: executable === 'x',
        sha256: sha256!,
        mtimeMs: Number(mtimeMs),
      });
    }
  }
  return files;
}

function readText(entryDir: string, name: string): string {
  try {
    return readFileSync(path.join(entryDir, name), 'utf8');
  } catch (cause) {
    throw damaged(entryDir, name, cause);
  }
}

/** An entry whose own description cannot be read. */
export function damaged(entryDir: string, name: string, cause?: unknown): StoreError {
  return new StoreError(
    'STORE_DAMAGED',
    `The entry ${entryDir} of the store is damaged: its file ${name} cannot be read.`,
    {
      hint: 'Fetch it again. `Store.verify` finds everything that is damaged.',
      cause,
      data: { path: entryDir },
    },
  );
}

/** All directories of a tree: the tree itself ('') first, and directories before their content. */
function directoriesOf(files: readonly ManifestFile[]): string[] {
  const directories = new Set(['']);
  for (const { path: file } of files) {
    for (let directory = directoryOf(file); !directories.has(directory); directory = directoryOf(directory)) {
      directories.add(directory);
    }
  }
  return [...directories].sort();
}

function directoryOf(file: string): string {
  return file.slice(0, Math.max(0, file.lastIndexOf('/')));
}

function nameOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

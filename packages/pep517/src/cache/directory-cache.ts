// A build cache in a directory of this disk.
//
// `<key>/<sha256 of the artifact>-<filename>` is an artifact, `<key>/<hash of the observed inputs>.json` a record that
// refers to one. 1. Copy the artifact to a temporary file and rename it.   crash here: a file without a record.
// 2. Write, sync and rename the record.                                    crash here: the old record, or the new one.
// Files are never edited. Pruning takes a key's lock and removes its directory; a reader then finds the key absent.
import { createHash } from 'node:crypto';
import { constants, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import { type Fs, nodeFs, removeTree, uniqueSuffix, writeFileAtomic } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import { acquireLock, type Lock, tryAcquireLock } from '@wheelwright/fslock';
import type { BuildCache, Turn } from '../build-cache.ts';
import { type BuildRecord, formatBuildRecord, parseBuildRecord } from '../build-record.ts';

/** Options of the cache. */
export interface DirectoryCacheOptions {
  /** The directory, absolute; created with the first build. */
  readonly dir: string;
  /** The file system calls; those of Node by default. */
  readonly fs?: Fs | undefined;
}

/** A build cache on this disk. */
export interface DirectoryCache extends BuildCache {
  /** Removes keys that were unused for this long, in ms, and that no process is building. Returns their number. */
  prune(options: { readonly unusedForMs: number }): Promise<number>;
}

/** How many records, each with other observed inputs, a key holds. */
const recordsPerKey = 8;
const keyName = /^[0-9a-f]{64}$/;

/** Opens a cache. It writes nothing before the first build. */
export function createDirectoryCache({ dir, fs = nodeFs }: DirectoryCacheOptions): DirectoryCache {
  const dirOf = (key: string) => path.join(dir, key);
  const lockOf = (key: string) => path.join(dir, 'locks', key);
  const artifactOf = ({ key, artifact }: BuildRecord) =>
    path.join(dirOf(key), `${artifact.sha256}-${artifact.filename}`);
  const noteOf = (name: string) =>
    path.join(dir, 'notes', `${createHash('sha256').update(name).digest('hex').slice(0, 32)}.json`);
  return {
    async read(key) {
      const names = list(dirOf(key)).filter((name) => name.endsWith('.json'));
      const found = names.map((name) => path.join(dirOf(key), name)).map((file) => ({ file, at: modifiedAt(file) }));
      return found
        .sort((a, b) => b.at - a.at)
        .map(({ file }) => parseBuildRecord(readIfPresent(file) ?? '', key))
        .filter((record) => record !== undefined);
    },
    async fetch(record, targetPath) {
      const file = artifactOf(record);
      try {
        copyFileSync(file, targetPath, constants.COPYFILE_FICLONE);
        if ((await hashFile(targetPath)) !== record.artifact.sha256) {
          rmSync(targetPath);
          rmSync(file, { force: true });
          return false;
        }
        touch(path.join(dirOf(record.key), nameOf(record)));
        return true;
      } catch (error) {
        if (!isErrno(error)) throw error;
        return false;
      }
    },
    async keep(record, artifactPath) {
      try {
        mkdirSync(dirOf(record.key), { recursive: true });
        const target = artifactOf(record);
        if (statSync(target, { throwIfNoEntry: false })?.size !== record.artifact.size) {
          const aside = path.join(dirOf(record.key), `.${uniqueSuffix()}.partial`);
          fs.copyFile(artifactPath, aside, { reflink: 'try' });
          fs.rename(aside, target);
        }
        writeFileAtomic(path.join(dirOf(record.key), nameOf(record)), formatBuildRecord(record), { fs });
        dropOldest(dirOf(record.key));
      } catch (error) {
        if (!isErrno(error)) throw error;
      }
    },
    async alone(key, work, options = {}) {
      mkdirSync(path.dirname(lockOf(key)), { recursive: true });
      const take = () => acquireLock(lockOf(key), { ...options, purpose: 'build' });
      let lock: Lock | undefined = await take();
      const pause: Turn['pause'] = async (aside) => {
        lock?.release();
        lock = undefined;
        const result = await aside();
        lock = await take();
        return result;
      };
      try {
        return await work({ pause });
      } finally {
        lock?.release();
      }
    },
    readNote: (name) => readIfPresent(noteOf(name)),
    writeNote(name, text) {
      const note = noteOf(name);
      try {
        mkdirSync(path.dirname(note), { recursive: true });
        writeFileAtomic(note, text, { durability: 'none' });
      } catch (error) {
        if (!isErrno(error)) throw error;
      }
    },
    async prune({ unusedForMs }) {
      const limit = Date.now() - unusedForMs;
      const isOld = (file: string) => unusedForMs === 0 || modifiedAt(file) < limit;
      let removed = 0;
      const keys = list(dir).filter((name) => keyName.test(name));
      if (keys.length > 0) mkdirSync(path.join(dir, 'locks'), { recursive: true });
      for (const key of keys) {
        const lock = await tryAcquireLock(lockOf(key), { purpose: 'pruning' }).catch(() => undefined);
        if (lock === undefined) continue;
        try {
          const records = list(dirOf(key)).filter((name) => name.endsWith('.json'));
          if (!records.every((name) => isOld(path.join(dirOf(key), name)))) continue;
          removeTree(dirOf(key));
          rmSync(lockOf(key), { force: true });
          removed += 1;
        } finally {
          lock.release();
        }
      }
      for (const name of list(path.join(dir, 'notes'))) {
        const note = path.join(dir, 'notes', name);
        if (isOld(note)) rmSync(note, { force: true });
      }
      return removed;
    },
  };
}

function nameOf({ observed }: BuildRecord): string {
  return `${createHash('sha256').update(JSON.stringify(observed)).digest('hex').slice(0, 32)}.json`;
}

/** Removes the oldest records, and artifacts without a record. */
function dropOldest(keyDir: string): void {
  const names = list(keyDir);
  const records = names.filter((name) => name.endsWith('.json')).map((name) => path.join(keyDir, name));
  if (records.length <= recordsPerKey) return;
  const sorted = records.sort((a, b) => modifiedAt(b) - modifiedAt(a));
  for (const file of sorted.slice(recordsPerKey)) rmSync(file, { force: true });
  const wanted = sorted.slice(0, recordsPerKey).map((file) => readIfPresent(file) ?? '');
  for (const name of names.filter((each) => /^[0-9a-f]{64}-/.test(each))) {
    if (!wanted.some((text) => text.includes(name.slice(0, 64)))) rmSync(path.join(keyDir, name), { force: true });
  }
}

function touch(file: string): void {
  const now = new Date();
  utimesSync(file, now, now);
}

function modifiedAt(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? -Infinity;
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

function list(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

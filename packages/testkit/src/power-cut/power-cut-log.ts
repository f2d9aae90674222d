// Records the calls to a file system as effects on inodes and names. What a power cut loses is computed from this log alone.
// The calls are also made on the real disk, so that readers see them.
import { fstatSync, lstatSync, readdirSync, readFileSync, readlinkSync, type Stats, statSync } from 'node:fs';
import path from 'node:path';
import type { FsLike } from '../crashing-fs.ts';

/** A file, directory or link by its number in the log; numbers are never used again. */
export type InodeId = number;

export interface Inode {
  readonly kind: 'file' | 'directory' | 'link';
  /** As it was made; later ones are effects. */
  readonly mode: number;
  /** Of a link. */
  readonly target: string;
}

/** A name in a directory, and what it stands for from now on; undefined: nothing. */
export interface Slot {
  readonly dir: InodeId;
  readonly name: string;
  readonly inode: InodeId | undefined;
}

/** `names` change together or not at all: a rename is one effect on two of them. */
export type Effect =
  | { readonly is: 'names'; readonly slots: readonly Slot[] }
  | { readonly is: 'write'; readonly inode: InodeId; readonly at: number; readonly data: Uint8Array }
  | { readonly is: 'truncate'; readonly inode: InodeId }
  | { readonly is: 'attributes'; readonly inode: InodeId; readonly mode?: number; readonly mtimeMs?: number }
  /** Of one file or directory; undefined: of everything. */
  | { readonly is: 'sync'; readonly inode: InodeId | undefined };

export interface Call {
  readonly title: string;
  readonly effects: readonly Effect[];
}

/** What lay below the root before the first call, all of it on the disk, and every call since. */
export interface PowerCutLog {
  readonly root: InodeId;
  readonly inodes: ReadonlyMap<InodeId, Inode>;
  readonly before: readonly Effect[];
  readonly calls: readonly Call[];
}

/** Wraps `inner` and records every call. The present content of `rootDir` counts as synced. */
export function recordingFs(inner: FsLike, rootDir: string): { fs: FsLike; log: PowerCutLog } {
  const inodes = new Map<InodeId, Inode>();
  const numbers = new Map<string, InodeId>();
  const before: Effect[] = [];
  const calls: Call[] = [];
  const open = new Map<number, { readonly inode: InodeId; at: number }>();

  const make = (target: string, stats: Stats): InodeId => {
    const id = inodes.size;
    const kind = stats.isDirectory() ? 'directory' : stats.isSymbolicLink() ? 'link' : 'file';
    inodes.set(id, { kind, mode: stats.mode & 0o7777, target: kind === 'link' ? readlinkSync(target) : '' });
    numbers.set(numberOf(stats), id);
    return id;
  };
  /** What came about without the port counts as having been there before. */
  const known = (target: string, stats = lstatSync(target)): InodeId => {
    const number = numbers.get(numberOf(stats));
    if (number !== undefined) return number;
    const id = make(target, stats);
    if (stats.isFile()) before.push({ is: 'write', inode: id, at: 0, data: readFileSync(target) });
    before.push({ is: 'attributes', inode: id, mtimeMs: stats.mtimeMs });
    if (!path.resolve(target).startsWith(`${path.resolve(rootDir)}${path.sep}`)) return id;
    before.push({ is: 'names', slots: [slot(target, id)] });
    if (stats.isDirectory()) lookInto(target);
    return id;
  };
  const lookInto = (dir: string): void => {
    for (const name of readdirSync(dir)) {
      const target = path.join(dir, name);
      const stats = lstatSync(target);
      const isAnotherName = numbers.has(numberOf(stats));
      const id = known(target, stats);
      if (isAnotherName) before.push({ is: 'names', slots: [slot(target, id)] });
    }
  };
  const slot = (target: string, inode: InodeId | undefined): Slot => {
    const dir = path.dirname(path.resolve(target));
    return { dir: known(dir, statSync(dir)), name: path.basename(target), inode };
  };
  /** The inode that a call has just made at `target`; its number may be that of one that is gone. */
  const made = (target: string): Effect => ({ is: 'names', slots: [slot(target, make(target, lstatSync(target)))] });
  const content = (inode: InodeId, at: number, data: Uint8Array, stats: Stats): Effect[] => [
    { is: 'write', inode, at, data },
    { is: 'attributes', inode, mtimeMs: stats.mtimeMs },
  ];
  const note = (title: string, ...effects: Effect[]) => void calls.push({ title, effects });

  const moved = (title: string, from: string, to: string) =>
    note(title, { is: 'names', slots: [slot(to, known(to)), slot(from, undefined)] });

  const root = make(rootDir, statSync(rootDir));
  lookInto(rootDir);

  const fs: FsLike = {
    open: (target, flags, mode) => {
      const wasThere = statSync(target, { throwIfNoEntry: false }) !== undefined;
      const fd = inner.open(target, flags, mode);
      const stats = fstatSync(fd);
      const creation = wasThere ? undefined : made(target);
      const inode = known(target, stats);
      open.set(fd, { inode, at: 0 });
      if (creation !== undefined) note(`open(${flags}) ${target}`, creation);
      else if (stats.size === 0 && stats.isFile() && flags !== 'r')
        note(`open(${flags}) ${target}`, { is: 'truncate', inode });
      return fd;
    },
    write: (fd, data) => {
      const written = inner.write(fd, data);
      const file = open.get(fd)!;
      note(
        `write ${written} bytes`,
        ...content(file.inode, file.at, Uint8Array.from(data.subarray(0, written)), fstatSync(fd)),
      );
      file.at += written;
      return written;
    },
    close: (fd) => {
      open.delete(fd);
      inner.close(fd);
    },
    // The disk of a test need not be waited for: what is on it is decided here.
    fsync: (fd) => note('fsync', { is: 'sync', inode: open.get(fd)!.inode }),
    syncFileSystem: (fd) => {
      if (!inner.syncFileSystem(fd)) return false;
      note('syncFileSystem', { is: 'sync', inode: undefined });
      return true;
    },
    mkdir: (target, mode) => {
      inner.mkdir(target, mode);
      note(`mkdir ${target}`, made(target));
    },
    rmdir: (target) => {
      inner.rmdir(target);
      note(`rmdir ${target}`, { is: 'names', slots: [slot(target, undefined)] });
    },
    unlink: (target) => {
      inner.unlink(target);
      note(`unlink ${target}`, { is: 'names', slots: [slot(target, undefined)] });
    },
    rename: (from, to) => {
      inner.rename(from, to);
      moved(`rename ${from} -> ${to}`, from, to);
    },
    renameExchange: (a, b) => {
      if (!inner.renameExchange(a, b)) return false;
      note(`renameExchange ${a} -> ${b}`, { is: 'names', slots: [slot(a, known(a)), slot(b, known(b))] });
      return true;
    },
    renameNoReplace: (from, to) => {
      const outcome = inner.renameNoReplace(from, to);
      if (outcome === 'renamed') moved(`renameNoReplace ${from} -> ${to}`, from, to);
      return outcome;
    },
    link: (existing, target) => {
      inner.link(existing, target);
      note(`link ${existing} -> ${target}`, { is: 'names', slots: [slot(target, known(existing))] });
    },
    linkMany: (sourceDir, targetDir, names) => {
      for (const [linked, name] of names.entries()) {
        try {
          inner.linkMany(sourceDir, targetDir, [name]);
        } catch (error) {
          throw Object.assign(error as Error, { linked });
        }
        const target = path.join(targetDir, name);
        note(`linkMany ${target}`, { is: 'names', slots: [slot(target, known(path.join(sourceDir, name)))] });
      }
    },
    symlink: (target, link) => {
      inner.symlink(target, link);
      note(`symlink ${target} -> ${link}`, made(link));
    },
    // Owners are not among the attributes that a power cut here takes back.
    chown: (target, uid, gid) => inner.chown(target, uid, gid),
    chmod: (target, mode) => {
      inner.chmod(target, mode);
      note(`chmod ${target}`, { is: 'attributes', inode: known(target, statSync(target)), mode });
    },
    utimes: (target, atimeS, mtimeS) => {
      inner.utimes(target, atimeS, mtimeS);
      const stats = statSync(target);
      note(`utimes ${target}`, { is: 'attributes', inode: known(target, stats), mtimeMs: stats.mtimeMs });
    },
    copyFile: (from, to, options) => {
      inner.copyFile(from, to, options);
      const creation = made(to);
      const stats = lstatSync(to);
      note(`copyFile ${from} -> ${to}`, creation, ...content(known(to, stats), 0, readFileSync(to), stats));
    },
  };
  return { fs, log: { root, inodes, before, calls } };
}

/** `fs`, on a disk that says it has synced and has not: always, or (`only`) at the n-th sync, counted from 1. */
export function lyingFs(fs: FsLike, only?: number): FsLike {
  let count = 0;
  const lies = () => {
    count += 1;
    return only === undefined || count === only;
  };
  return {
    ...fs,
    fsync: (fd) => (lies() ? undefined : fs.fsync(fd)),
    syncFileSystem: (fd) => (lies() ? true : fs.syncFileSystem(fd)),
  };
}

function numberOf({ dev, ino }: Stats): string {
  return `${dev}:${ino}`;
}

// Publishes an artifact into the output directory by one rename, synced before the caller learns of it.
import path from 'node:path';
import { type Durability, type Fs, nodeFs, syncDirectory, writeFileAtomic } from '@wheelwright/atomic-fs';
import { atPath, isErrno } from '@wheelwright/errors';

/** How an artifact is published. */
export interface PublishArtifactOptions {
  /** Whether an out directory that is made gets a `.gitignore` that leaves all of it out of git; false by default. */
  readonly ignoredByGit?: boolean | undefined;
  /** `'full'` (default): on the disk on return. `'none'`: left to the system. */
  readonly durability?: Durability | undefined;
  /** The disk; that of Node by default. */
  readonly fs?: Fs | undefined;
}

/** How often an out directory that is removed meanwhile is made again. */
const makings = 5;

/**
 * Moves the file at `artifactPath` into `outDir`, which is made where it is absent, and gives its new path. One that
 * is there is replaced in one step: a reader sees the old or the new one, whole.
 */
export function publishArtifact(artifactPath: string, outDir: string, options: PublishArtifactOptions = {}): string {
  const { durability = 'full', fs = nodeFs } = options;
  const target = path.join(outDir, path.basename(artifactPath));
  // 1. The content is on the disk.                      crash here: nothing is published; the build's directory is swept.
  if (durability === 'full') syncFile(fs, artifactPath);
  for (let attempt = 1; ; attempt += 1) {
    const isNew = ensureDirectory(fs, outDir);
    if (isNew && options.ignoredByGit === true)
      writeFileAtomic(path.join(outDir, '.gitignore'), '*\n', { durability, fs });
    try {
      // 2. The rename.                                  crash here: the old one before, the new one after.
      moveFile(fs, artifactPath, target, durability);
      break;
    } catch (error) {
      // Another process has just removed the output directory. Make it again, but not for ever.
      if (!isErrno(error, 'ENOENT') || attempt === makings) throw error;
    }
  }
  // 3. The directory is synced.                         crash here: after a power cut the old one or the new one.
  if (durability === 'full') syncDirectory(outDir, { fs });
  return target;
}

function moveFile(fs: Fs, from: string, target: string, durability: Durability): void {
  try {
    fs.rename(from, target);
  } catch (error) {
    if (!isErrno(error, 'EXDEV')) throw error;
    moveAcross(fs, from, target, durability);
  }
}

/** 2a. On another file system: copied beside its place first. crash here: a `.partial` in the out directory. */
function moveAcross(fs: Fs, from: string, target: string, durability: Durability): void {
  const suffix = `${process.pid}-${path.basename(path.dirname(path.dirname(from)))}`;
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${suffix}.partial`);
  try {
    fs.copyFile(from, beside);
    if (durability === 'full') syncFile(fs, beside);
    fs.rename(beside, target);
  } catch (error) {
    try {
      fs.unlink(beside);
    } catch {
      // It was not made; the first error is the one to tell.
    }
    throw error;
  }
  fs.unlink(from);
}

function syncFile(fs: Fs, filePath: string): void {
  const fd = fs.open(filePath, 'r');
  try {
    fs.fsync(fd);
  } catch (error) {
    throw atPath(error, filePath);
  } finally {
    fs.close(fd);
  }
}

/** Makes it where it is absent; true where it was. */
function ensureDirectory(fs: Fs, dir: string): boolean {
  try {
    fs.mkdir(dir);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    if (!isErrno(error, 'ENOENT')) throw error;
    ensureDirectory(fs, path.dirname(dir));
    return ensureDirectory(fs, dir);
  }
}

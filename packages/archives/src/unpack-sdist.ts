// Unpacks an sdist, a gzipped tar with one directory at its top (specification "Source distribution format"). The archive
// is read twice: the first time every rule is checked and nothing is written, the second time it is unpacked. The second
// reading checks everything again, so a file that changes in between leads to no path outside of the target.
import {
  closeSync,
  createReadStream,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { createGunzip } from 'node:zlib';
import { atPath } from '@wheelwright/errors';
import {
  type NormalizedName,
  normalizeName,
  parseMetadata,
  parseSdistFilename,
  type Version,
} from '@wheelwright/packaging';
import type { Extract } from 'tar-stream';
import { ArchivesError } from './archives-error.ts';
import { badLayout, type SdistEntry, SdistTree, type TreeTarget } from './sdist-tree.ts';

/** Where an sdist was unpacked and whose it is. */
export interface UnpackedSdist {
  /** The absolute path of the one directory at the top, in the target. */
  readonly rootDir: string;
  /** Normalized, as the file name states it. */
  readonly name: NormalizedName;
  /** As the file name states it. */
  readonly version: Version;
}

/** What {@link unpackSdist} needs beside the paths. */
export interface UnpackSdistOptions {
  /** Ends the work; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Unpacks an sdist into `targetDir`, an existing, empty directory that belongs to the caller alone. Throws SDIST_… before
 * the first write where the archive breaks a rule or is damaged. After a failing disk, an abort or a crash the target
 * holds a part of the tree, which the caller removes. Nothing is synced.
 */
export async function unpackSdist(
  sdistPath: string,
  targetDir: string,
  { signal }: UnpackSdistOptions = {},
): Promise<UnpackedSdist> {
  const archive = path.basename(sdistPath);
  const { name, version } = parseName(archive);
  const check = new CheckTarget();
  await readThrough(sdistPath, archive, check, signal);
  checkOwner(archive, check.packageInfo, name);
  const top = await readThrough(sdistPath, archive, diskTarget(targetDir), signal);
  return { rootDir: path.join(targetDir, top), name, version };
}

/** Gives every entry to a tree; returns the name of its top directory. */
async function readThrough(
  sdistPath: string,
  archive: string,
  target: TreeTarget,
  signal: AbortSignal | undefined,
): Promise<string> {
  const tree = new SdistTree(archive, target);
  try {
    for await (const entry of await openTar(sdistPath, signal)) await tree.add(entry as SdistEntry);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof ArchivesError || isFromDisk(cause)) throw cause;
    throw new ArchivesError('SDIST_NOT_AN_ARCHIVE', `${archive} cannot be read as a gzipped tar archive to its end.`, {
      hint: 'Download it again; if that changes nothing, it was published damaged.',
      cause,
      data: { archive },
    });
  }
  return tree.finish();
}

// Writes nothing and remembers PKG-INFO.
class CheckTarget implements TreeTarget {
  /** The text of the last PKG-INFO in the top directory. */
  packageInfo: string | undefined;

  async file(relative: string, _mode: number, content: AsyncIterable<unknown>): Promise<void> {
    const isPackageInfo = /^[^/]+\/PKG-INFO$/.test(relative);
    const chunks: Uint8Array[] = [];
    for await (const chunk of content) if (isPackageInfo) chunks.push(chunk as Uint8Array);
    if (isPackageInfo) this.packageInfo = Buffer.concat(chunks).toString('utf8');
  }

  directory(): void {}
  link(): void {}
  symlink(): void {}
  remove(): void {}
  stamp(): void {}
}

function diskTarget(targetDir: string): TreeTarget {
  const absolute = (relative: string) => path.join(targetDir, relative);
  return {
    directory: (relative) => void mkdirSync(absolute(relative)),
    async file(relative, mode, content) {
      const fd = openSync(absolute(relative), 'wx', mode);
      try {
        for await (const chunk of content) writeAll(fd, chunk as Uint8Array, absolute(relative));
      } finally {
        closeSync(fd);
      }
    },
    link: (existing, relative) => linkSync(absolute(existing), absolute(relative)),
    symlink: (target, relative) => symlinkSync(target, absolute(relative)),
    remove: (relative) => rmSync(absolute(relative)),
    stamp(relative, mtime) {
      if (mtime !== undefined) utimesSync(absolute(relative), mtime, mtime);
    },
  };
}

function writeAll(fd: number, chunk: Uint8Array, filePath: string): void {
  try {
    for (let rest = chunk; rest.length > 0; ) rest = rest.subarray(writeSync(fd, rest));
  } catch (error) {
    throw atPath(error, filePath);
  }
}

async function openTar(sdistPath: string, signal: AbortSignal | undefined): Promise<Extract> {
  // Loaded late: most programs that import this package never unpack an sdist.
  const { extract } = await import('tar-stream');
  const tar = extract();
  const input = createReadStream(sdistPath, { signal });
  const gunzip = createGunzip();
  input.on('error', (error) => tar.destroy(error));
  gunzip.on('error', (error) => tar.destroy(error));
  tar.on('close', () => input.destroy());
  input.pipe(gunzip).pipe(tar);
  return tar;
}

// The archive of a repository is not quite an sdist and has no PKG-INFO; where there is one, it has to agree.
function checkOwner(archive: string, packageInfo: string | undefined, name: NormalizedName): void {
  if (packageInfo === undefined) return;
  const found = parseMetadata(packageInfo).name;
  if (normalizeName(found) === name) return;
  const error = badLayout(archive, `it is that of ${found}, and its file name says ${name}`);
  throw new ArchivesError(error.code, error.message, { data: { archive, expected: name, found } });
}

function parseName(archive: string): { name: NormalizedName; version: Version } {
  try {
    return parseSdistFilename(archive);
  } catch (cause) {
    throw new ArchivesError('SDIST_INVALID_NAME', `${JSON.stringify(archive)} is not the file name of an sdist.`, {
      hint: 'An sdist is called name-version.tar.gz.',
      cause,
      data: { archive },
    });
  }
}

function isFromDisk(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

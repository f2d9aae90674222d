// Downloads source archives, compares them with their stated hashes, and unpacks those that a build cannot use directly.
import { execFile } from 'node:child_process';
import { copyFileSync, linkSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { unpackSdist } from '@wheelwright/archives';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import { type NormalizedName, parseSdistFilename } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Staging } from '@wheelwright/store';
import { knownHashes, onlySha256, requireStatedHash, type StatedHash } from '../requirements/stated-hashes.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { downloadShared } from '../wheels/download-shared.ts';

/** What opening an archive needs. */
export interface ArchiveContext {
  readonly tool: Tool;
  readonly index: IndexClient;
  readonly interpreter: Interpreter;
}

/** A source archive, ready to be built. */
export interface OpenedArchive {
  /** An sdist file, or the directory that holds the project. */
  readonly path: string;
  /** In hex, of the archive. */
  readonly sha256: string;
}

/** Which archive to open, and its expected content. */
export interface ArchiveToOpen {
  readonly file: Pick<IndexFile, 'filename' | 'url' | 'hashes' | 'size'>;
  readonly hashes: readonly StatedHash[];
  readonly subdirectory?: string | undefined;
  /** What it is known to hold. */
  readonly name?: NormalizedName | undefined;
}

/**
 * Downloads the archive into `staging` unless it is a local file, checks it, and returns the source to build.
 * @throws WheelwrightError WHEELWRIGHT_HASH_MISMATCH before anything is unpacked; IndexError; SDIST_….
 */
export async function openArchive(
  { tool, index, interpreter }: ArchiveContext,
  { file, hashes, subdirectory, name }: ArchiveToOpen,
  staging: Staging,
): Promise<OpenedArchive> {
  const isHere = file.url.startsWith('file:');
  const archivePath = isHere ? fileURLToPath(file.url.replace(/#.*$/, '')) : path.join(staging.dir, file.filename);
  const known: Record<string, string> = {};
  if (!isHere) {
    tool.onEvent({ event: 'downloading', filename: file.filename, size: file.size });
    const started = Date.now();
    const wanted = { ...file, sha256: file.hashes.sha256 ?? onlySha256(hashes) };
    const { sha256, size, from } = await downloadShared(tool, index, wanted, archivePath, { signal: tool.signal });
    known.sha256 = sha256;
    tool.onEvent({ event: 'downloaded', filename: file.filename, size, ms: Date.now() - started, from });
  }
  // The download compares a file with the hashes of its page. A local file is compared here, with all hashes of both.
  if (isHere)
    for (const ofPage of knownHashes(file.hashes)) requireStatedHash(file.filename, [ofPage], { path: archivePath });
  const sha256 = requireStatedHash(file.filename, hashes, { path: archivePath, known });
  const isSdist = subdirectory === undefined && isSdistName(file.filename);
  if (isSdist) return { path: archivePath, sha256 };
  const rootDir = await unpack({ tool, interpreter }, archivePath, staging, name);
  const dir = subdirectory === undefined ? rootDir : path.join(rootDir, subdirectory);
  if (statSync(dir, { throwIfNoEntry: false })?.isDirectory()) return { path: dir, sha256 };
  throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${file.filename} holds no directory ${subdirectory}.`);
}

function isSdistName(filename: string): boolean {
  if (!filename.endsWith('.tar.gz')) return false;
  try {
    parseSdistFilename(filename);
    return true;
  } catch {
    return false;
  }
}

/** The one directory at the top of the archive. */
async function unpack(
  { tool, interpreter }: Pick<ArchiveContext, 'tool' | 'interpreter'>,
  archivePath: string,
  staging: Staging,
  name: NormalizedName | undefined,
): Promise<string> {
  const target = path.join(staging.dir, 'unpacked');
  mkdirSync(target);
  if (/\.(?:tar\.gz|tgz)$/i.test(archivePath)) {
    const stem = /^([A-Za-z0-9._]+)-/.exec(path.basename(archivePath))?.[1];
    const named = path.join(staging.dir, `${(name ?? stem ?? 'archive').replaceAll('-', '_')}-0.tar.gz`);
    linkOrCopy(archivePath, named);
    return (await unpackSdist(named, target, { signal: tool.signal })).rootDir;
  }
  if (!/\.zip$/i.test(archivePath))
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${path.basename(archivePath)} is in a format that is no longer used.`,
      {
        hint: 'An sdist ends in .tar.gz or .zip.',
      },
    );
  await unzip(interpreter, archivePath, target, tool.signal);
  const [top, ...others] = readdirSync(target);
  const rootDir = path.join(target, top ?? '');
  if (top !== undefined && others.length === 0 && statSync(rootDir).isDirectory()) return rootDir;
  return target;
}

/** Unpacks with Python's zipfile, which drops paths that leave the directory and makes no links. */
function unzip(interpreter: Interpreter, archivePath: string, target: string, signal: AbortSignal | undefined) {
  return new Promise<void>((resolve, reject) => {
    const args = ['-I', '-m', 'zipfile', '-e', archivePath, target];
    execFile(interpreter.executable, args, signal === undefined ? {} : { signal }, (cause, _stdout, stderr) => {
      if (cause === null) resolve();
      else if (signal?.aborted) reject(signal.reason);
      else {
        const why = stderr.trim().split('\n').at(-1);
        const message = `${path.basename(archivePath)} cannot be unpacked: ${why}.`;
        reject(new WheelwrightError('WHEELWRIGHT_BAD_INPUT', message, { cause, data: { path: archivePath } }));
      }
    });
  });
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // Another file system, or one without hard links.
  }
}

// A wheel comes into the store: found there, or unpacked aside, checked on the way, and published. The numbers are
// those of docs/protocols/publish.md.
import { webcrypto } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { hashFile, unpackWheel, type WheelDescription } from '@wheelwright/archives';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { pinsName } from './entry.ts';
import { entrySink, stampFiles } from './entry-sink.ts';
import { formatHashes, formatNames, formatRows, hashesFile, namesFile, recordFile, sortFiles } from './manifest.ts';
import { StoreError } from './store-error.ts';
import { formatWheelFile, treeName, wheelFile } from './stored-wheel.ts';

export interface FillWheelRequest {
  readonly wheelPath: string;
  readonly filename: string;
  /** What the wheel file has to be; its bytes are held against it while they are unpacked. */
  readonly sha256: string;
  /** It lies where nobody else writes, and has been found to be that. */
  readonly isHashed?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

// A larger wheel is not held in memory whole.
const inMemoryLimit = 64 * 1024 * 1024;

/** Fills `entryDir`, a staged directory, with the whole of a wheel. Throws WHEEL_… and STORE_HASH_MISMATCH. */
export async function fillWheelEntry(entryDir: string, request: FillWheelRequest, fs: Fs): Promise<WheelDescription> {
  const { wheelPath, filename, sha256, isHashed = false, signal } = request;
  const treeDir = path.join(entryDir, treeName);
  fs.mkdir(treeDir, 0o755);
  fs.mkdir(path.join(entryDir, pinsName), 0o755);
  // What is hashed is what is unpacked: the same bytes in memory, hashed beside; or a large file, hashed before.
  const isLarge = statSync(wheelPath).size > inMemoryLimit;
  const wheel = isLarge ? wheelPath : readFileSync(wheelPath);
  const hashed = isHashed
    ? Promise.resolve()
    : (typeof wheel === 'string' ? hashFile(wheel) : sha256Beside(wheel)).then((found) =>
        checkHash(wheelPath, sha256, found),
      );
  if (isLarge) await hashed;
  // 4. Every file, checked against RECORD.             crash here: staged work, swept.
  const unpacking = unpackWheel(wheel, entrySink(treeDir, fs), { filename, signal });
  const [hash, unpacked] = await Promise.allSettled([hashed, unpacking]);
  // That it is another file than was asked for says more than what is wrong in it.
  if (hash.status === 'rejected') throw hash.reason;
  if (unpacked.status === 'rejected') throw unpacked.reason;
  // 5. What it holds, for those who link and check.    crash here: the same.
  writeManifest(entryDir, unpacked.value, fs);
  return unpacked.value;
}

function writeManifest(entryDir: string, description: WheelDescription, fs: Fs): void {
  const files = sortFiles(stampFiles(path.join(entryDir, treeName), description.files));
  const write = (name: string, text: string) => createFile(path.join(entryDir, name), text, { mode: 0o444, fs });
  write(namesFile, formatNames(files));
  write(hashesFile, formatHashes(files));
  write(recordFile, formatRows(files));
  write(wheelFile, formatWheelFile(description));
}

async function sha256Beside(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)).toString('hex');
}

function checkHash(wheelPath: string, expected: string, found: string): void {
  if (expected === found) return;
  throw new StoreError(
    'STORE_HASH_MISMATCH',
    `${wheelPath} is not the wheel that was asked for: its sha256 is ${found}.`,
    {
      hint: 'Get it again; if that changes nothing, whoever offers it offers something else than it says.',
      data: { path: wheelPath, expected, found },
    },
  );
}

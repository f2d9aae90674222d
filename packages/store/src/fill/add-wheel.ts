// A wheel comes into the store: found there, or unpacked aside, checked on the way, and published. The numbers are
// those of docs/protocols/publish.md.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { hashFile, unpackWheel, type WheelDescription } from '@wheelwright/archives';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { entrySink, sha256Of, stampFiles } from '../entry/entry-sink.ts';
import {
  formatHashes,
  formatNames,
  formatRows,
  hashesFile,
  namesFile,
  recordFile,
  sortFiles,
} from '../entry/manifest.ts';
import { formatWheelFile, treeName, wheelFile } from '../entry/stored-wheel.ts';
import { StoreError } from '../store-error.ts';
import { pinsName } from '../store-paths.ts';

/** A wheel that is there to be unpacked, and what it has to be. */
export interface FillWheelRequest {
  /** The absolute path of the wheel file, or its bytes. */
  readonly wheel: string | Uint8Array;
  readonly filename: string;
  /** The sha256 of the wheel file, in hex; its bytes are compared with it while they are unpacked. */
  readonly sha256: string;
  /** True: the sha256 of exactly these bytes was computed already, and no other process writes to them. */
  readonly isHashed?: boolean | undefined;
  /** Ends the work; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

// A larger wheel, in bytes, is not read into memory as a whole. A hashed one is private: no other process writes to it.
const inMemoryLimit = 64 * 1024 * 1024;
const privateLimit = 8 * 1024 * 1024;

/** Fills `entryDir`, a staged directory, with the whole of a wheel. Throws WHEEL_… and STORE_HASH_MISMATCH. */
export async function fillWheelEntry(entryDir: string, request: FillWheelRequest, fs: Fs): Promise<WheelDescription> {
  const { filename, isHashed = false, signal } = request;
  const treeDir = path.join(entryDir, treeName);
  fs.mkdir(treeDir, 0o755);
  fs.mkdir(path.join(entryDir, pinsName), 0o755);
  // The bytes that are hashed are the bytes that are unpacked: the same memory, or a large file that is hashed before.
  const isLarge =
    typeof request.wheel === 'string' && statSync(request.wheel).size > (isHashed ? privateLimit : inMemoryLimit);
  const wheel = typeof request.wheel === 'string' && !isLarge ? readFileSync(request.wheel) : request.wheel;
  if (!isHashed) {
    // Reported first: a wrong hash explains more than an error inside the archive.
    const found = typeof wheel === 'string' ? await hashFile(wheel) : sha256Of(wheel);
    checkHash(request, found);
  }
  // 4. Every file, checked against RECORD.             crash here: staged work, swept.
  const sink = entrySink(treeDir, fs);
  const description = await unpackWheel(wheel, sink, { filename, isStill: isHashed, signal });
  // 5. Write the manifest, for linking and checks.     crash here: the same.
  writeManifest(entryDir, description, fs);
  return description;
}

function writeManifest(entryDir: string, description: WheelDescription, fs: Fs): void {
  const files = sortFiles(stampFiles(path.join(entryDir, treeName), description.files));
  const write = (name: string, text: string) => createFile(path.join(entryDir, name), text, { mode: 0o444, fs });
  write(namesFile, formatNames(files));
  write(hashesFile, formatHashes(files));
  write(recordFile, formatRows(files));
  write(wheelFile, formatWheelFile(description));
}

function checkHash({ wheel, filename, sha256: expected }: FillWheelRequest, found: string): void {
  if (expected === found) return;
  const where = typeof wheel === 'string' ? wheel : filename;
  throw new StoreError('STORE_HASH_MISMATCH', `${where} is not the expected wheel: its sha256 is ${found}.`, {
    hint: 'Download it again. If that changes nothing, its publisher offers another file than it states.',
    data: { path: where, expected, found },
  });
}

// A wheel comes into the store: found there, or unpacked aside, checked on the way, and published. The numbers are
// those of docs/protocols/publish.md.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { hashFile, unpackWheel, type WheelDescription } from '@wheelwright/archives';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { pinsName } from './entry.ts';
import { entrySink, sha256Of, stampFiles } from './entry-sink.ts';
import { formatHashes, formatNames, hashesFile, namesFile, sortFiles } from './manifest.ts';
import { StoreError } from './store-error.ts';
import { formatWheelFile, treeName, wheelFile } from './stored-wheel.ts';

export interface FillWheelRequest {
  readonly wheelPath: string;
  readonly filename: string;
  /** What the wheel file has to be; its bytes are held against it while they are unpacked. */
  readonly sha256: string;
  readonly signal?: AbortSignal | undefined;
}

// A larger wheel is not held in memory whole.
const inMemoryLimit = 64 * 1024 * 1024;

/** Fills `entryDir`, a staged directory, with the whole of a wheel. Throws WHEEL_… and STORE_HASH_MISMATCH. */
export async function fillWheelEntry(entryDir: string, request: FillWheelRequest, fs: Fs): Promise<WheelDescription> {
  const { filename, signal } = request;
  const treeDir = path.join(entryDir, treeName);
  const wheel = await openChecked(request);
  fs.mkdir(treeDir, 0o755);
  fs.mkdir(path.join(entryDir, pinsName), 0o755);
  // 4. Every file, checked against RECORD.             crash here: staged work, swept.
  const description = await unpackWheel(wheel, entrySink(treeDir, fs), { filename, signal });
  // 5. What it holds, for those who link and check.    crash here: the same.
  writeManifest(entryDir, description, fs);
  return description;
}

function writeManifest(entryDir: string, description: WheelDescription, fs: Fs): void {
  const files = sortFiles(stampFiles(path.join(entryDir, treeName), description.files));
  const write = (name: string, text: string) => createFile(path.join(entryDir, name), text, { mode: 0o444, fs });
  write(namesFile, formatNames(files));
  write(hashesFile, formatHashes(files));
  write(wheelFile, formatWheelFile(description));
}

// What was hashed is what will be unpacked: the bytes in memory, or a large file that nobody has touched meanwhile.
async function openChecked({ wheelPath, sha256 }: FillWheelRequest): Promise<string | Uint8Array> {
  const before = statSync(wheelPath);
  if (before.size <= inMemoryLimit) {
    const bytes = readFileSync(wheelPath);
    checkHash(wheelPath, sha256, sha256Of(bytes));
    return bytes;
  }
  checkHash(wheelPath, sha256, await hashFile(wheelPath));
  return wheelPath;
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

// Small answers kept between runs, a file each. A file that is torn, of another key or from another format is a miss,
// never an error; so is a write that the disk refuses. Nothing is synced: after a power cut the checksum tells.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { createFile, type Fs } from '@wheelwright/atomic-fs';
import { isErrno } from '@wheelwright/errors';
import type { StagingArea } from './use/staging.ts';

/** An answer that was kept. */
export interface CachedAnswer {
  /** Text about the answer, of the caller's own format. */
  readonly meta: string;
  /** The answer itself. */
  readonly body: Uint8Array;
}

/** Answers kept in files of one directory. Satisfies index-client's `ResponseCache`. */
export class CacheFiles {
  readonly #dir: string;
  readonly #staging: StagingArea;
  readonly #fs: Fs;

  constructor(dir: string, staging: StagingArea, fs: Fs) {
    this.#dir = dir;
    this.#staging = staging;
    this.#fs = fs;
  }

  /** The answer under `key`; undefined where there is none or its file is damaged. */
  read(key: string): CachedAnswer | undefined {
    try {
      return parseAnswer(key, readFileSync(this.#pathOf(key)));
    } catch (error) {
      if (isErrno(error)) return undefined;
      throw error;
    }
  }

  /** Caches an answer in place of an older one. A failed write is not an error: the answer is then not cached. */
  write(key: string, meta: string, body: Uint8Array): void {
    const stagedPath = this.#staging.nextPath();
    try {
      // Private: an index may have asked for credentials before it answered.
      createFile(stagedPath, formatAnswer(key, meta, body), { mode: 0o600, fs: this.#fs });
      this.#fs.rename(stagedPath, this.#pathOf(key));
    } catch (error) {
      if (!isErrno(error)) throw error;
      this.#staging.forget(stagedPath);
    }
  }

  #pathOf(key: string): string {
    // Most keys are hashes already, or as short and plain.
    const name = /^[a-z0-9-]{1,128}$/.test(key) ? key : createHash('sha256').update(key).digest('hex');
    return path.join(this.#dir, name);
  }
}

/** The same for texts, as python's `FactsCache` has it. */
export class FactsFiles {
  readonly #files: CacheFiles;

  constructor(files: CacheFiles) {
    this.#files = files;
  }

  /** The text under `key`; undefined where there is none or its file is damaged. */
  read(key: string): string | undefined {
    return this.#files.read(key)?.meta;
  }

  /** Keeps a text in place of an older one, where the disk allows it. */
  write(key: string, text: string): void {
    this.#files.write(key, text, new Uint8Array());
  }
}

// `ww-cache 1 <crc32 of the rest> <bytes of key> <bytes of meta>`, a line break, key, meta, body.
const magic = 'ww-cache 1';

function formatAnswer(key: string, meta: string, body: Uint8Array): Buffer {
  const keyBytes = Buffer.from(key);
  const metaBytes = Buffer.from(meta);
  const rest = Buffer.concat([keyBytes, metaBytes, body]);
  const header = `${magic} ${crc32(rest)} ${keyBytes.length} ${metaBytes.length}\n`;
  return Buffer.concat([Buffer.from(header), rest]);
}

function parseAnswer(key: string, data: Buffer): CachedAnswer | undefined {
  const end = data.indexOf(0x0a);
  const match = /^ww-cache 1 (\d+) (\d+) (\d+)$/.exec(data.toString('latin1', 0, Math.max(0, end)));
  if (match === null) return undefined;
  const [crc, keyLength, metaLength] = match.slice(1).map(Number) as [number, number, number];
  const rest = data.subarray(end + 1);
  if (crc32(rest) !== crc || rest.toString('utf8', 0, keyLength) !== key) return undefined;
  return {
    meta: rest.toString('utf8', keyLength, keyLength + metaLength),
    body: rest.subarray(keyLength + metaLength),
  };
}

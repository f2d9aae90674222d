// CRC-32 by the libdeflate of the system: two to five times as fast as Node's zlib.
import { crc32 } from 'node:zlib';
import { nativeCalls } from './koffi.ts';

/** The CRC-32 (ISO-HDLC, that of zip and gzip) of `bytes`, continued from `start`, that of the bytes before them. */
export function crc32Of(bytes: Uint8Array, start = 0): number {
  return nativeCalls()?.crc32?.(start, bytes) ?? crc32(bytes, start);
}

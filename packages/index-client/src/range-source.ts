// A file on a server as a source of bytes at any place, over range requests. The first one brings the tail, where zip
// archives keep what matters; a file that changes between two requests is refused rather than mixed.
import { statusError } from './errors.ts';
import { readRawBody } from './read-body.ts';
import type { Session } from './session.ts';
import type { TransportResponse } from './transport/exchange.ts';
import type { ByteSource } from './zip-member.ts';

/** The server gives no ranges of this file, or not dependably. */
export class RangeRefused extends Error {}

/** The file at `url`; the first request asks for its last `tailLength` bytes. */
export async function rangeSource(session: Session, url: string, tailLength: number): Promise<ByteSource> {
  const ask = (range: string) =>
    session.request(url, { headers: { range: `bytes=${range}`, 'accept-encoding': 'identity' } }, readRange);
  const tail = await ask(`-${tailLength}`);
  return {
    size: tail.size,
    tail: () => ({ start: tail.start, bytes: tail.bytes }),
    async read(start, length) {
      if (length === 0) return Buffer.alloc(0);
      if (start >= tail.start) return tail.bytes.subarray(start - tail.start, start - tail.start + length);
      const part = await ask(`${start}-${start + length - 1}`);
      const same = part.size === tail.size && part.etag === tail.etag && part.start === start;
      if (!same) throw new RangeRefused('the file changed between two requests');
      return part.bytes;
    },
  };
}

async function readRange(response: TransportResponse, url: URL) {
  if (response.status === 200 || response.status === 416 || response.status === 501)
    throw new RangeRefused(`status ${response.status}`);
  if (response.status !== 206) throw statusError(url, response.status);
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(String(response.headers['content-range'] ?? ''));
  if (match === null) throw new RangeRefused('not the range that was asked for');
  const [start, end, size] = match.slice(1).map(Number) as [number, number, number];
  const bytes = await readRawBody(response, url, 512 * 1024 * 1024);
  if (bytes.length !== end - start + 1 || end >= size) throw new RangeRefused('not the range that was asked for');
  return { start, size, bytes, etag: response.headers.etag };
}

// A body read whole into memory, decoded, and bounded before and after decoding: a page cannot fill the memory.
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { IndexError } from './errors.ts';
import type { TransportResponse } from './transport/exchange.ts';

/** The connection ended in good order before all that was announced had come. */
export class IncompleteBody extends Error {
  constructor(received: number, announced: number) {
    super(`only ${received} of ${announced} bytes came`);
  }
}

const decoders = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** The decoded body, of at most `limit` bytes. */
export async function readBody(response: TransportResponse, url: URL, limit: number): Promise<Buffer> {
  return decodeBody(response, url, await readRawBody(response, url, limit), limit);
}

/** `body`, as it came, decoded as the response says; at most `limit` bytes. */
export async function decodeBody(response: TransportResponse, url: URL, body: Buffer, limit: number): Promise<Buffer> {
  const encoding = String(response.headers['content-encoding'] ?? 'identity')
    .trim()
    .toLowerCase();
  if (encoding === 'identity' || encoding === '') return body;
  const decode = decoders[encoding as keyof typeof decoders];
  if (decode === undefined) throw badBody(url, `is encoded as ${encoding}, which was not asked for`);
  try {
    return await decode(body, { maxOutputLength: limit });
  } catch (error) {
    throw badBody(url, `cannot be decoded from ${encoding} within ${limit} bytes`, error);
  }
}

/** The bytes as they come, whatever their encoding; a body shorter than announced is a failed connection. */
export async function readRawBody(response: TransportResponse, url: URL, limit: number): Promise<Buffer> {
  const announced = contentLength(response);
  if (announced !== undefined && announced > limit) throw badBody(url, `has ${announced} bytes, more than ${limit}`);
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of response.body as AsyncIterable<Buffer>) {
    received += chunk.length;
    if (received > limit) throw badBody(url, `has more than ${limit} bytes`);
    chunks.push(chunk);
  }
  if (announced !== undefined && received !== announced) throw new IncompleteBody(received, announced);
  return Buffer.concat(chunks, received);
}

export function contentLength(response: TransportResponse): number | undefined {
  const text = response.headers['content-length'];
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function badBody(url: URL, what: string, cause?: unknown): IndexError {
  return new IndexError('INDEX_BAD_PAGE', `The body of ${url.href} ${what}.`, {
    cause,
    data: { url: url.origin + url.pathname },
  });
}

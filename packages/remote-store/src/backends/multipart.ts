// A large object in parts. Each part carries its own sha256, and the condition holds at the end, when the engine makes the
// object of the parts. What an interrupted upload leaves is invisible, and the rule for incomplete uploads removes it.
import { createHash } from 'node:crypto';
import { RemoteError } from '../errors.ts';
import type { RemoteBody } from '../ports.ts';
import { drain, readBounded } from '../transport/read-body.ts';
import type { S3Session } from './s3-session.ts';

export interface PartsUpload {
  readonly name: string;
  readonly path: string;
  readonly body: Exclude<RemoteBody, Uint8Array>;
  readonly condition: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | undefined;
}

const partBytes = 16 * 1024 * 1024;
const mostParts = 10_000;

/** How long an engine may work on the parts before it answers. */
const completeMs = 60_000;

/** The etag of the object; undefined where the condition does not hold. */
export async function uploadInParts(session: S3Session, upload: PartsUpload): Promise<{ etag: string } | undefined> {
  const { path, condition, signal, name } = upload;
  const begun = await session.request({ method: 'POST', path, query: 'uploads=', expected: [], signal });
  const uploadId = elementOf(await textOf(begun.body), 'UploadId');
  if (uploadId === undefined) throw new RemoteError('REMOTE_MISCONFIGURED', `${name} began no upload in parts.`);
  const query = `uploadId=${encodeURIComponent(uploadId)}`;
  try {
    const etags = await sendParts(session, upload, query);
    const body = Buffer.from(completion(etags));
    const answer = await session.request({
      method: 'POST',
      path,
      query,
      headers: { ...condition, 'content-type': 'application/xml' },
      body,
      sha256: sha256Of(body),
      firstByteMs: completeMs,
      expected: [404, 409, 412],
      signal,
    });
    const text = await textOf(answer.body);
    const etag = elementOf(text, 'ETag');
    // The answer to this request may be 200 and hold an error all the same.
    if (answer.status < 300 && etag !== undefined) return { etag: etag.replaceAll('&quot;', '"') };
    const code = elementOf(text, 'Code') ?? String(answer.status);
    if (answer.status >= 300 || code === 'PreconditionFailed' || code === 'ConditionalRequestConflict') {
      await abandon(session, path, query);
      return undefined;
    }
    throw new RemoteError('REMOTE_UNREACHABLE', `${name} made no object of the parts (${code}).`);
  } catch (error) {
    await abandon(session, path, query).catch(() => undefined);
    throw error;
  }
}

async function sendParts(
  session: S3Session,
  { path, body, signal, name }: PartsUpload,
  query: string,
): Promise<string[]> {
  const size = Math.max(partBytes, Math.ceil(body.size / mostParts));
  const etags: string[] = [];
  for (let at = 0; at < body.size; at += size) {
    const bytes = Buffer.alloc(Math.min(size, body.size - at));
    for (let read = 0; read < bytes.length; ) {
      const { bytesRead } = await body.file.read(bytes, read, bytes.length - read, at + read);
      if (bytesRead === 0)
        throw new RemoteError('REMOTE_ALTERED', `The file for ${name} became shorter while it was read.`);
      read += bytesRead;
    }
    const answer = await session.request({
      method: 'PUT',
      path,
      query: `partNumber=${etags.length + 1}&${query}`,
      body: bytes,
      sha256: sha256Of(bytes),
      expected: [],
      signal,
    });
    await drain(answer.body);
    etags.push(answer.headers.etag ?? '');
  }
  return etags;
}

/** Tells the engine that the parts are not wanted; it forgets them by its own rule where this fails. */
async function abandon(session: S3Session, path: string, query: string): Promise<void> {
  const answer = await session.request({ method: 'DELETE', path, query, expected: [404] });
  await drain(answer.body);
}

function completion(etags: readonly string[]): string {
  const parts = etags.map(
    (etag, at) => `<Part><PartNumber>${at + 1}</PartNumber><ETag>${escapeXml(etag)}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

async function textOf(body: Parameters<typeof readBounded>[0]): Promise<string> {
  return (await readBounded(body, 1 << 16))?.toString('utf8') ?? '';
}

function elementOf(text: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]{1,2048})</${name}>`).exec(text)?.[1];
}

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

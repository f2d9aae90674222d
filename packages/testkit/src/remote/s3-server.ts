// An S3 of its own for tests, on loopback and in memory: the part of the protocol that a cache uses (objects, conditions,
// ranges, multipart uploads, signatures, hashes of bodies) and its errors. `versitygw.pack.test.ts` of remote-store holds
// the same suite against a real engine, so that this one stays honest.
import { createHash } from 'node:crypto';
import type http from 'node:http';
import {
  errorXml,
  etagOf,
  type ObjectAnswer,
  type ObjectRequest,
  type ObjectServer,
  type StoredObject,
  startObjectServer,
} from './object-server.ts';
import { refusalOf, type S3User } from './s3-signature.ts';

export interface S3ServerOptions {
  readonly users?: readonly S3User[] | undefined;
  /** The buckets that are there (default: `bucket`). */
  readonly buckets?: readonly string[] | undefined;
  /** Requests that are signed for another region are refused. */
  readonly region?: string | undefined;
  /** How far the clock of the server is ahead of ours. */
  readonly aheadMs?: number | undefined;
  /** Writes beyond so many bytes in all are refused. */
  readonly capacity?: number | undefined;
  /** Serves https with this certificate and key (PEM). */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
}

export interface S3Server extends ObjectServer {
  /** What is stored, by `bucket/key`. */
  readonly objects: Map<string, StoredObject>;
  /** Uploads that were begun and neither ended nor given up. */
  readonly uploads: ReadonlyMap<string, unknown>;
  /** Who may do what; may be changed while it runs. */
  users: readonly S3User[];
  /** Puts an object there as it is. */
  put(path: string, data: Uint8Array, modifiedMs?: number): void;
}

/** The user of a server that is given none. */
export const testUser: S3User = { accessKeyId: 'AKIATEST', secretAccessKey: 'secret/of+tests' };

interface Upload {
  readonly path: string;
  readonly parts: Map<number, { data: Buffer; etag: string }>;
}

/** Starts an S3 engine on a free loopback port. Callers close it. */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3Server> {
  const objects = new Map<string, StoredObject>();
  const uploads = new Map<string, Upload>();
  const now = () => Date.now() + (options.aheadMs ?? 0);
  let written = 0;
  const state = { users: options.users ?? [testUser] };
  const store = (path: string, data: Buffer, modifiedMs = now()) => {
    written += 1;
    const stored = { data, etag: etagOf(data, String(written)), modifiedMs };
    objects.set(path, stored);
    return stored;
  };

  const handle = (
    request: ObjectRequest,
    body: Buffer,
    unconditional: boolean,
    raw: http.IncomingMessage,
  ): ObjectAnswer => {
    const { method, headers } = request;
    const refusal = refusalOf(raw, state.users, now(), options.region);
    if (refusal !== undefined) return denied(refusal, options.region);
    const path = request.path.slice(1);
    const [bucket = ''] = path.split('/');
    if (!(options.buckets ?? ['bucket']).includes(bucket)) return fault(404, 'NoSuchBucket');
    const current = objects.get(path);
    if (method === 'GET' || method === 'HEAD') return read(current, headers);
    const keyId = /Credential=([^/]+)/.exec(headers.authorization ?? '')?.[1];
    if (state.users.find(({ accessKeyId }) => accessKeyId === keyId)?.rights === 'read')
      return fault(403, 'AccessDenied');
    const stated = headers['x-amz-content-sha256'];
    if (stated !== createHash('sha256').update(body).digest('hex')) return fault(400, 'XAmzContentSHA256Mismatch');
    const query = new URLSearchParams(request.query);
    const total = [...objects.values()].reduce((sum, { data }) => sum + data.length, 0);
    if (total + body.length > (options.capacity ?? Number.POSITIVE_INFINITY)) return fault(507, 'QuotaExceeded');
    if (method === 'PUT' && query.has('partNumber')) return putPart(uploads, path, query, body);
    if (method === 'POST' && query.has('uploads')) return begin(uploads, path);
    if (method === 'DELETE' && query.has('uploadId')) {
      uploads.delete(query.get('uploadId') ?? '');
      return { status: 204 };
    }
    const failed = unconditional ? undefined : conditionFailure(current, headers);
    if (method === 'PUT') {
      if (failed !== undefined) return failed;
      return { status: 200, headers: { etag: store(path, body).etag } };
    }
    if (method === 'POST' && query.has('uploadId')) {
      const id = query.get('uploadId') ?? '';
      const whole = partsOf(uploads.get(id), path, body.toString('utf8'));
      if (whole === undefined) return fault(400, 'InvalidPart');
      if (failed !== undefined) return failed;
      uploads.delete(id);
      const { etag } = store(path, whole);
      return {
        status: 200,
        body: Buffer.from(
          `<CompleteMultipartUploadResult><ETag>${etag.replaceAll('"', '&quot;')}</ETag></CompleteMultipartUploadResult>`,
        ),
      };
    }
    return fault(405, 'MethodNotAllowed');
  };

  const server = await startObjectServer((request, body, unconditional, raw) => {
    const answer = handle(request, body, unconditional, raw);
    return { ...answer, headers: { date: new Date(now()).toUTCString(), ...answer.headers } };
  }, options.tls);
  return {
    ...server,
    objects,
    uploads,
    get users() {
      return state.users;
    },
    set users(users: readonly S3User[]) {
      state.users = users;
    },
    put: (path: string, data: Uint8Array, modifiedMs?: number) => void store(path, Buffer.from(data), modifiedMs),
  };
}

function read(current: StoredObject | undefined, headers: http.IncomingHttpHeaders): ObjectAnswer {
  if (current === undefined) return fault(404, 'NoSuchKey');
  const { data, etag, modifiedMs } = current;
  const described = { etag, 'last-modified': new Date(modifiedMs).toUTCString() };
  if (headers['if-none-match'] === etag) return { status: 304, headers: described };
  const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
  if (range === null) return { status: 200, headers: described, body: data };
  const [first, last] = [Number(range[1]), Math.min(Number(range[2]), data.length - 1)];
  if (first > last) return fault(416, 'InvalidRange');
  const contentRange = { 'content-range': `bytes ${first}-${last}/${data.length}` };
  return { status: 206, headers: { ...described, ...contentRange }, body: data.subarray(first, last + 1) };
}

function conditionFailure(
  current: StoredObject | undefined,
  headers: http.IncomingHttpHeaders,
): ObjectAnswer | undefined {
  if (headers['if-none-match'] === '*' && current !== undefined) return fault(412, 'PreconditionFailed');
  const match = headers['if-match'];
  if (match === undefined || current?.etag === match) return undefined;
  return current === undefined ? fault(404, 'NoSuchKey') : fault(412, 'PreconditionFailed');
}

function begin(uploads: Map<string, Upload>, path: string): ObjectAnswer {
  const id = `upload-${uploads.size}-${Math.random().toString(36).slice(2)}`;
  uploads.set(id, { path, parts: new Map() });
  const text = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
  return { status: 200, body: Buffer.from(text) };
}

function putPart(uploads: Map<string, Upload>, path: string, query: URLSearchParams, data: Buffer): ObjectAnswer {
  const upload = uploads.get(query.get('uploadId') ?? '');
  if (upload === undefined || upload.path !== path) return fault(404, 'NoSuchUpload');
  const etag = etagOf(data);
  upload.parts.set(Number(query.get('partNumber')), { data, etag });
  return { status: 200, headers: { etag } };
}

function partsOf(upload: Upload | undefined, path: string, xml: string): Buffer | undefined {
  if (upload === undefined || upload.path !== path) return undefined;
  const listed = [...xml.matchAll(/<PartNumber>(\d+)<\/PartNumber><ETag>([^<]+)<\/ETag>/g)];
  const parts = listed.map(([, number, etag]) => {
    const part = upload.parts.get(Number(number));
    return part?.etag === etag?.replaceAll('&quot;', '"') ? part?.data : undefined;
  });
  if (parts.length === 0 || parts.includes(undefined)) return undefined;
  return Buffer.concat(parts as Buffer[]);
}

function denied(code: string, region: string | undefined): ObjectAnswer {
  const isMalformed = code === 'AuthorizationHeaderMalformed' || code === 'ExpiredToken' || code === 'InvalidToken';
  const more = region === undefined ? '' : `<Region>${region}</Region>`;
  return { status: isMalformed ? 400 : 403, body: Buffer.from(errorXml(code, more)) };
}

function fault(status: number, code: string): ObjectAnswer {
  return { status, headers: { 'content-type': 'application/xml' }, body: Buffer.from(errorXml(code)) };
}

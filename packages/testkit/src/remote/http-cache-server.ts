// An HTTP cache as Bazel's for tests: GET, HEAD and PUT below `/cas/` and `/ac/`, on loopback and in memory. As nginx and
// lighttpd do, it ignores conditions on writes.
import { etagOf, type ObjectServer, type StoredObject, startObjectServer } from './object-server.ts';

export interface HttpCacheServerOptions {
  readonly credentials?: { readonly user: string; readonly password: string } | undefined;
  /** Every write is answered with 405. */
  readonly readOnly?: boolean | undefined;
}

export interface HttpCacheServer extends ObjectServer {
  /** What is stored, by its path. */
  readonly objects: Map<string, StoredObject>;
}

/** Starts an HTTP cache on a free loopback port. Callers close it. */
export async function startHttpCacheServer(options: HttpCacheServerOptions = {}): Promise<HttpCacheServer> {
  const objects = new Map<string, StoredObject>();
  const { credentials } = options;
  const expected =
    credentials === undefined
      ? undefined
      : `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
  const server = await startObjectServer(({ method, path, headers }, body) => {
    if (expected !== undefined && headers.authorization !== expected) return { status: 401 };
    if (!/^\/(cas|ac)\/[0-9a-f]{64}$/.test(path)) return { status: 400 };
    if (method === 'PUT') {
      if (options.readOnly === true) return { status: 405 };
      objects.set(path, { data: body, etag: etagOf(body), modifiedMs: Date.now() });
      return { status: 201 };
    }
    const found = objects.get(path);
    if (found === undefined) return { status: 404 };
    const described = { etag: found.etag, 'last-modified': new Date(found.modifiedMs).toUTCString() };
    return headers['if-none-match'] === found.etag
      ? { status: 304, headers: described }
      : { status: 200, headers: described, body: found.data };
  });
  return Object.assign(server, { objects });
}

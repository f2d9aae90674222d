// One connection to an https origin, as HTTP/2 where the server speaks it: every request shares it, so a resolution pays
// for one handshake and not for sixteen, and a server that is slow to accept is asked once. Which protocol an origin
// speaks is settled by ALPN (RFC 7301) at its first request.
import { setMaxListeners } from 'node:events';
import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { isIP } from 'node:net';
import { PassThrough, pipeline, type Readable } from 'node:stream';
import { connect, type SecureContext, type TLSSocket } from 'node:tls';
import { hostOf, silence, type TransportRequest, type TransportResponse } from './exchange.ts';

/** Enough for a large file not to wait for the next window on a distant server. */
const windowBytes = 4 * 1024 * 1024;

export interface Http2Settings {
  /** The authorities to believe, in place of Node's own. */
  readonly secureContext: () => SecureContext | undefined;
  readonly isTrusted: (url: URL) => boolean;
  readonly idleTimeoutMs: number;
}

export interface Http2Connections {
  /** The answer over HTTP/2; undefined where the origin does not speak it. Rejects as the connection fails. */
  send(request: TransportRequest): Promise<TransportResponse | undefined>;
  close(): void;
}

/** The connection to one origin. */
interface Connection {
  /** Undefined where the origin does not speak HTTP/2. */
  readonly session: Promise<ClientHttp2Session | undefined>;
  /** Makes the next request open another connection; requests under way go on. */
  readonly forget: () => void;
}

/** Opens no connection until the first request. */
export function createHttp2Connections(settings: Http2Settings): Http2Connections {
  const connections = new Map<string, Connection>();
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // every connection that is being opened listens to it

  function connectionTo(url: URL): Connection {
    const known = connections.get(url.origin);
    if (known !== undefined) return known;
    // Only itself: an older connection may end after a newer one has taken its place.
    const forget = () => {
      if (connections.get(url.origin) === connection) connections.delete(url.origin);
    };
    const connection = { session: openSession(url, settings, forget, closing.signal), forget };
    connections.set(url.origin, connection);
    connection.session.catch(forget);
    return connection;
  }

  return {
    async send(request) {
      if (closing.signal.aborted) throw new Error('the client was closed');
      const { session: opened, forget } = connectionTo(request.url);
      const session = await unlessAborted(opened, request.signal);
      return session && exchange(session, request, settings.idleTimeoutMs, forget);
    },
    close() {
      closing.abort(new Error('the client was closed'));
      for (const { session: opened } of connections.values()) {
        opened.then(
          (session) => session?.destroy(),
          () => {},
        );
      }
      connections.clear();
    },
  };
}

/** What `promise` gives; rejects with the signal's reason where that comes first. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason);
    if (signal.aborted) leave();
    signal.addEventListener('abort', leave, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}

async function openSession(
  url: URL,
  settings: Http2Settings,
  onEnd: () => void,
  closing: AbortSignal,
): Promise<ClientHttp2Session | undefined> {
  const socket = await openSocket(url, settings, closing);
  if (socket.alpnProtocol !== 'h2') {
    socket.destroy();
    return undefined;
  }
  // Loaded late: most runs on a machine without a network never need it.
  const http2 = await import('node:http2');
  const session = http2.connect(url.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: windowBytes },
  });
  session.once('connect', () => {
    // The client may have been closed in the meantime.
    if (!session.destroyed && !session.closed) session.setLocalWindowSize(windowBytes * 4);
  });
  // A failing session fails its requests, which report it; the next request opens another one.
  session.on('error', onEnd);
  session.once('goaway', onEnd);
  session.once('close', onEnd);
  return session;
}

function openSocket(
  url: URL,
  { secureContext, isTrusted, idleTimeoutMs }: Http2Settings,
  closing: AbortSignal,
): Promise<TLSSocket> {
  const host = hostOf(url);
  const authorities = secureContext();
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port: Number(url.port || 443),
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ALPNProtocols: ['h2', 'http/1.1'],
      rejectUnauthorized: !isTrusted(url),
      ...(authorities === undefined ? {} : { secureContext: authorities }),
    });
    socket.setTimeout(idleTimeoutMs, () => socket.destroy(silence(url, idleTimeoutMs)));
    const end = () => socket.destroy(closing.reason);
    closing.addEventListener('abort', end, { once: true });
    socket.once('close', () => closing.removeEventListener('abort', end));
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      closing.removeEventListener('abort', end);
      socket.setTimeout(0);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** How many requests are under way on each session. */
const openStreams = {
  counts: new WeakMap<ClientHttp2Session, number>(),
  take(session: ClientHttp2Session): void {
    this.counts.set(session, (this.counts.get(session) ?? 0) + 1);
  },
  /** Whether that was the last one. */
  release(session: ClientHttp2Session): boolean {
    const left = (this.counts.get(session) ?? 1) - 1;
    this.counts.set(session, left);
    return left === 0;
  },
};

function exchange(
  session: ClientHttp2Session,
  { url, headers, signal }: TransportRequest,
  idleTimeoutMs: number,
  forget: () => void,
): Promise<TransportResponse> {
  return new Promise((resolve, reject) => {
    const asked = { ':path': url.pathname + url.search, ...headers };
    const stream = session.request(asked, signal === undefined ? {} : { signal });
    // A connection without a request does not keep the process alive.
    session.ref();
    stream.once('close', () => {
      if (!session.destroyed && openStreams.release(session)) session.unref();
    });
    openStreams.take(session);
    stream.setTimeout(idleTimeoutMs, () => {
      // The connection may be dead without a sign of it, so the next try must not use it again.
      forget();
      session.close();
      stream.destroy(silence(url, idleTimeoutMs));
    });
    stream.once('error', reject);
    stream.once('close', () => reject(new Error('the connection was closed before the answer came')));
    stream.once('response', (answered) => {
      const body = answered['content-length'] === undefined ? failingWhenCut(stream) : stream;
      resolve({ status: answered[':status'] ?? 0, headers: withoutPseudo(answered), body });
    });
    stream.end();
  });
}

/**
 * The body of `stream`, which fails where the stream was reset. Node ends the body of a cancelled stream, or of a connection
 * that ended, as if it were whole. A body with a stated length needs none of this: its readers count.
 */
function failingWhenCut(stream: ClientHttp2Stream): Readable {
  const whole = new PassThrough({
    flush(done) {
      const { rstCode } = stream;
      done(rstCode ? new Error(`the stream was reset with code ${rstCode} before its end`) : null);
    },
  });
  // A failure of either destroys both; it reaches the reader as the error of `whole`.
  pipeline(stream, whole, () => {});
  return whole;
}

function withoutPseudo(headers: IncomingHttpHeaders): Record<string, string | string[] | undefined> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith(':')));
}

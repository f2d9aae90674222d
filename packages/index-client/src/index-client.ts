// The client: settings made into a session, the lists of several indexes and link pages merged, and each question asked
// once however often it is put.
import { setMaxListeners } from 'node:events';
import { redactUrls } from '@wheelwright/errors';
import type { NormalizedName } from '@wheelwright/packaging';
import { collectCredentials, withoutUserInfo } from './credentials.ts';
import { downloadFile } from './download.ts';
import { ofProject } from './file-name.ts';
import { readFindLinks, readIndex } from './links.ts';
import type { Listing, Wanted } from './listing.ts';
import { readMetadata } from './metadata.ts';
import { readNetrc } from './netrc.ts';
import type { ProjectFacts } from './project-facts.ts';
import { createSession } from './session.ts';
import { createProxyTransport } from './transport/proxy.ts';
import { createTransport, type Transport } from './transport/transport.ts';
import type { IndexClient, IndexClientOptions, IndexFile, ProjectStatus } from './types.ts';

/** Makes a client; no connection is opened before the first question. */
export function createIndexClient(options: IndexClientOptions): IndexClient {
  const { cache, findLinks, netrcPath, askKeyring } = options;
  const indexUrls = options.noIndex ? [] : options.indexUrls;
  const transports = openTransports(options);
  const closing = new AbortController();
  const ends = options.signal === undefined ? closing.signal : AbortSignal.any([options.signal, closing.signal]);
  setMaxListeners(0, ends); // every request listens to it
  let freshUntil = Number.POSITIVE_INFINITY;
  const session = createSession({
    transport: transports.for,
    credentials: collectCredentials({
      urls: [...indexUrls, ...findLinks],
      readNetrc: netrcPath === undefined ? undefined : () => readNetrc(netrcPath),
      askKeyring,
    }),
    isTrusted: hostMatcher(options.trustedHosts ?? []),
    concurrency: options.concurrency ?? 16,
    retries: options.retries ?? 3,
    retryDelayMs: options.retryDelayMs ?? 250,
    userAgent: options.userAgent ?? 'wheelwright',
    signal: ends,
    onEvent: options.onEvent,
    onFreshness: (untilMs) => {
      freshUntil = Math.min(freshUntil, untilMs);
    },
  });
  const once = createMemo();
  const reader = { session, cache, tailLengths: new Map<string, number>(), withoutRanges: new Set<string>() };

  const statuses = new Map<NormalizedName, ProjectStatus>();
  const newerApis = new Set<string>();

  async function files(name: NormalizedName, wanted?: Wanted): Promise<readonly IndexFile[]> {
    const [links, pages] = await Promise.all([
      Promise.all(findLinks.map((place) => once(`links ${place}`, () => readFindLinks(session, place, cache)))),
      readPages(name, wanted),
    ]);
    for (const { facts, url } of pages) {
      if (facts.status !== undefined) statuses.set(name, facts.status);
      if (facts.newerApi !== undefined && isNew(newerApis, url)) {
        options.onEvent?.({ type: 'newer-api', index: redactUrls(url), version: facts.newerApi });
      }
    }
    const seen = new Set<string>();
    const linked = wanted === undefined ? links.flat() : links.flat().filter(({ filename }) => wanted(filename));
    const isOfProject = ofProject(name);
    return [...linked, ...pages.flatMap((page) => page.files)].filter(
      ({ filename, url }) => isOfProject(filename) && isNew(seen, url),
    );
  }

  async function readPages(name: NormalizedName, wanted: Wanted | undefined): Promise<readonly FoundPage[]> {
    const read = async (url: string): Promise<FoundPage[]> => {
      const page = await readIndex(session, url, name, cache, wanted);
      return page === undefined ? [] : [{ ...page, url }];
    };
    if (options.strategy === 'unsafe-best-match') return (await Promise.all(indexUrls.map(read))).flat();
    for (const url of indexUrls) {
      const [page] = await read(url);
      if (page === undefined || (page.count === 0 && page.facts.status === undefined)) continue;
      // PEP 708: the project itself says in which other repositories it is the same project.
      const same = indexUrls.filter((other) => other !== url && isSameProject(page.facts, other, name));
      return [page, ...(await Promise.all(same.map(read))).flat()];
    }
    return [];
  }

  return {
    files: (name, wanted) => (wanted === undefined ? once(`files ${name}`, () => files(name)) : files(name, wanted)),
    status: (name) => statuses.get(name),
    metadata: (file, readWhole) => once(`metadata ${file.url}`, () => readMetadata(reader, file, readWhole)),
    download: (file, targetPath, settings = {}) => downloadFile(session, file, targetPath, settings),
    freshUntil: () => freshUntil,
    async close() {
      // Requests that were made ahead of need end with the client.
      closing.abort(new Error('the index client was closed'));
      await transports.close();
    },
  };
}

interface FoundPage extends Listing {
  /** The URL of the index. */
  readonly url: string;
}

function isSameProject({ sameProject = [] }: ProjectFacts, indexUrl: string, name: NormalizedName): boolean {
  const project = new URL(`${name}/`, indexUrl.endsWith('/') ? indexUrl : `${indexUrl}/`);
  const page = withoutUserInfo(project).href;
  return sameProject.some((url) => (url.endsWith('/') ? url : `${url}/`) === page);
}

function openTransports(options: IndexClientOptions) {
  const settings = {
    certPath: options.certPath,
    isTrusted: hostMatcher(options.trustedHosts ?? []),
    connections: options.concurrency ?? 16,
    idleTimeoutMs: options.idleTimeoutMs ?? 30_000,
  };
  const byProxy = new Map<string | undefined, Promise<Transport>>();
  const open = async (proxyUrl: string | undefined) =>
    proxyUrl === undefined ? createTransport(settings) : createProxyTransport(proxyUrl, settings);
  return {
    for(url: URL): Promise<Transport> {
      const proxyUrl = options.proxyFor?.(url);
      const opened = byProxy.get(proxyUrl) ?? open(proxyUrl);
      byProxy.set(proxyUrl, opened);
      return opened;
    },
    async close() {
      // One that could not be opened has failed its requests, which tell of it.
      for (const opened of await Promise.allSettled(byProxy.values())) {
        if (opened.status === 'fulfilled') await opened.value.close();
      }
    },
  };
}

/** Matches `host`, `host:port`, `.domain` (and below) and `*`. */
function hostMatcher(patterns: readonly string[]): (url: URL) => boolean {
  const wanted = patterns.map((pattern) => pattern.trim().toLowerCase()).filter((pattern) => pattern !== '');
  return ({ hostname, port, protocol }) => {
    const withPort = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
    return wanted.some((one) => {
      if (one === '*' || one === hostname || one === withPort) return true;
      return one.startsWith('.') && (hostname.endsWith(one) || hostname === one.slice(1));
    });
  };
}

/** One run per key at a time and one answer for ever; a failure is forgotten, so that it may be tried again. */
function createMemo() {
  const answers = new Map<string, Promise<unknown>>();
  return <T>(key: string, run: () => Promise<T>): Promise<T> => {
    const known = answers.get(key);
    if (known !== undefined) return known as Promise<T>;
    const answer = run();
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    return answer;
  };
}

function isNew(seen: Set<string>, url: string): boolean {
  const before = seen.size;
  return seen.add(url).size > before;
}

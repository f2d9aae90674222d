// User and password for a URL: those in the URL, those of an index of its origin, those of .netrc, those of a keyring. They
// are kept apart from every URL that is shown or stored, and go only to the host that they are for.
import { findEntry, type NetrcEntry } from './netrc.ts';

/** A user and a password as they are, not encoded. */
export interface UserAndPassword {
  /** May be empty, for a server that wants only a password. */
  readonly username: string;
  /** The password or a token. */
  readonly password: string;
}

/** Asks a keyring for the credentials of a URL, of one user where one is known; undefined where it has none. */
export type AskKeyring = (url: string, username: string | undefined) => Promise<UserAndPassword | undefined>;

/** What is sent as `Authorization`. */
export interface Credentials {
  /** To a URL; undefined: nothing. */
  of(url: URL): string | undefined;
  /** After an answer that asks for credentials: those of the keyring, asked once for each origin. */
  afterRefusal(url: URL): Promise<string | undefined>;
}

/** Where credentials come from, the first that has some winning. */
export interface CredentialSources {
  /** Indexes and link pages. Of several for one origin, those of the longest path above a URL are for it. */
  readonly urls: readonly string[];
  readonly readNetrc?: (() => readonly NetrcEntry[]) | undefined;
  readonly askKeyring?: AskKeyring | undefined;
}

/** Credentials from `sources`. The file .netrc is read when it is first needed. */
export function collectCredentials({ urls, readNetrc, askKeyring }: CredentialSources): Credentials {
  const places = urls.flatMap((text) => (URL.canParse(text) ? [new URL(text)] : []));
  const known = places.filter(hasUserInfo);
  const fromKeyring = new Map<string, Promise<string | undefined>>();
  const answered = new Map<string, string>();
  let netrc: readonly NetrcEntry[] | undefined;

  /** The URL of ours whose user and password are for `url`. */
  const closest = (url: URL): URL | undefined => {
    if (hasUserInfo(url)) return url;
    return nearest(url, known);
  };
  const inNetrc = ({ hostname }: URL, username: string | undefined) => {
    netrc ??= readNetrc?.() ?? [];
    return findEntry(netrc, hostname, username);
  };

  return {
    of(url) {
      const own = closest(url);
      if (own !== undefined && own.password !== '') return basicAuthorization(own);
      const username = own === undefined ? undefined : decoded(own.username);
      const entry = inNetrc(url, username);
      if (entry !== undefined) return basic(entry.login, entry.password);
      return answered.get(keyOf(url, username)) ?? (own === undefined ? undefined : basicAuthorization(own));
    },
    async afterRefusal(url) {
      if (askKeyring === undefined) return undefined;
      const own = closest(url);
      if (own !== undefined && own.password !== '') return undefined;
      const username = own === undefined ? undefined : decoded(own.username);
      const key = keyOf(url, username);
      const asking = fromKeyring.get(key) ?? askFor(askKeyring, servicesOf(url, nearest(url, places)), username);
      fromKeyring.set(key, asking);
      const answer = await asking;
      if (answer !== undefined) answered.set(key, answer);
      return answer;
    },
  };
}

/** Of `places` on the origin of `url` that with the longest path above it, else the first one. */
function nearest(url: URL, places: readonly URL[]): URL | undefined {
  const ofOrigin = places.filter(({ origin }) => origin === url.origin);
  const above = ofOrigin.filter(({ pathname }) => url.pathname.startsWith(pathname));
  return above.sort((a, b) => b.pathname.length - a.pathname.length)[0] ?? ofOrigin[0];
}

/** What a keyring may know `url` by: its index with a slash, as pip writes it, and as it is named; then the host. */
function servicesOf(url: URL, place: URL | undefined): ReadonlySet<string> {
  const named = place ?? url;
  const text = named.origin + named.pathname;
  return new Set([...(place === undefined || text.endsWith('/') ? [] : [`${text}/`]), text, url.host]);
}

async function askFor(
  askKeyring: AskKeyring,
  services: ReadonlySet<string>,
  username: string | undefined,
): Promise<string | undefined> {
  for (const service of services) {
    const found = await askKeyring(service, username);
    if (found !== undefined) return basic(found.username, found.password);
  }
  return undefined;
}

function keyOf(url: URL, username: string | undefined): string {
  return JSON.stringify([url.origin, username]);
}

function hasUserInfo({ username, password }: URL): boolean {
  return username !== '' || password !== '';
}

/** `Basic …` for the user and password in a URL; undefined when there are none. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  return username === '' && password === '' ? undefined : basic(decoded(username), decoded(password));
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** The URL without user and password. */
export function withoutUserInfo(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

/** `part` without its percent-encoding; as it is where that is broken. */
export function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

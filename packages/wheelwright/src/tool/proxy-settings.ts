// Which proxy a URL is reached through, as pip and its library for HTTP read it: one that is meant for pip is for every URL,
// those of the environment are by scheme, and `no_proxy` excepts hosts from these.
import { BlockList, isIP } from 'node:net';
import { redactUrls } from '@wheelwright/errors';
import { WheelwrightError } from './wheelwright-error.ts';

type Variables = Readonly<Record<string, string | undefined>>;

/** A proxy and who named it. */
export interface NamedProxy {
  /** With a scheme; may hold credentials. */
  readonly url: string;
  readonly namedBy: string;
}

/** The proxies that are set. */
export interface ProxySettings {
  readonly http: NamedProxy | undefined;
  readonly https: NamedProxy | undefined;
  /** Hosts that are reached without the proxies, as `no_proxy` lists them. */
  readonly excepted: readonly string[];
}

/** The proxies of the environment, or the one that `stated` names for pip alone. */
export function readProxies(variables: Variables, stated?: NamedProxy | undefined): ProxySettings {
  if (stated !== undefined) {
    const proxy = { ...stated, url: withScheme(stated.url) };
    return { http: proxy, https: proxy, excepted: [] };
  }
  const get = (...names: string[]): NamedProxy | undefined => {
    const name = names.flatMap((one) => [one, one.toUpperCase()]).find((one) => variables[one]);
    return name === undefined ? undefined : { url: withScheme(variables[name]!), namedBy: name };
  };
  const excepted = (variables.no_proxy || variables.NO_PROXY || '').split(/[\s,]+/).filter((entry) => entry !== '');
  return { http: get('http_proxy', 'all_proxy'), https: get('https_proxy', 'all_proxy'), excepted };
}

/** The URL of the proxy for `url`; undefined where it is reached without one. */
export function proxyFor({ http, https, excepted }: ProxySettings, url: URL): string | undefined {
  const proxy = url.protocol === 'https:' ? https : http;
  return proxy === undefined || excepted.some((entry) => isExcepted(url, entry)) ? undefined : proxy.url;
}

/** {@link proxyFor} for an index. Throws WHEELWRIGHT_USAGE where that is a SOCKS proxy, which is not supported. */
export function indexProxyFor(proxies: ProxySettings, url: URL): string | undefined {
  const proxyUrl = proxyFor(proxies, url);
  if (proxyUrl === undefined || !isSocks(proxyUrl)) return proxyUrl;
  const namedBy = [proxies.http, proxies.https].find((proxy) => proxy?.url === proxyUrl)?.namedBy ?? 'The environment';
  throw new WheelwrightError(
    'WHEELWRIGHT_USAGE',
    `${namedBy} names ${redactUrls(proxyUrl)} as a proxy, and SOCKS proxies are not supported.`,
    {
      hint: `Name an HTTP proxy, http://host:port, in http_proxy and https_proxy, or list ${url.hostname} in no_proxy.`,
      data: { namedBy },
    },
  );
}

/** Throws WHEELWRIGHT_USAGE for a proxy that is not a valid URL. */
export function checkProxies({ http, https }: ProxySettings): void {
  for (const proxy of [http, https]) {
    if (proxy === undefined || isProxyUrl(proxy.url)) continue;
    const { url, namedBy } = proxy;
    throw new WheelwrightError(
      'WHEELWRIGHT_USAGE',
      `${namedBy} names ${JSON.stringify(redactUrls(url))} as a proxy, which is not the URL of one.`,
      { hint: 'A proxy is written as http://host:port.', data: { namedBy } },
    );
  }
}

function withScheme(text: string): string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
}

function isProxyUrl(text: string): boolean {
  return URL.canParse(text) && (isSocks(text) || ['http:', 'https:'].includes(new URL(text).protocol));
}

function isSocks(text: string): boolean {
  return /^socks(?:4a?|5h?)?:/i.test(text);
}

/** `host`, `host:port`, `.domain`, a network of addresses (`10.0.0.0/8`) or `*`; a name stands for all below it too. */
function isExcepted({ hostname, port, protocol }: URL, entry: string): boolean {
  if (entry === '*') return true;
  const host = hostname.replace(/^\[|\]$/g, '');
  const [address = '', prefix] = entry.split('/');
  if (prefix !== undefined) return isInNetwork(host, address, Number(prefix));
  const name = entry.toLowerCase().replace(/^\*?\./, '');
  const withPort = `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
  if (name === host || name === hostname || name === withPort) return true;
  return isIP(host) === 0 && (host.endsWith(`.${name}`) || withPort.endsWith(`.${name}`));
}

function isInNetwork(host: string, address: string, prefix: number): boolean {
  const version = isIP(address);
  const bits = version === 6 ? 128 : 32;
  if (version === 0 || isIP(host) !== version || !(prefix >= 0 && prefix <= bits)) return false;
  const type = version === 6 ? 'ipv6' : 'ipv4';
  const network = new BlockList();
  network.addSubnet(address, prefix, type);
  return network.check(host, type);
}

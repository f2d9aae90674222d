import { expect, it, test } from 'vitest';
import { checkProxies, indexProxyFor, proxyFor, readProxies } from '../../src/tool/proxy-settings.ts';
import { readSettings } from '../../src/tool/settings.ts';

const through = (variables: Readonly<Record<string, string>>, url: string) =>
  proxyFor(readProxies(variables), new URL(url));

test('the proxy of the scheme counts, else that for all; lower case before upper case', () => {
  const both = { https_proxy: 'http://s:1', HTTPS_PROXY: 'http://no:1', HTTP_PROXY: 'http://p:1' };
  expect(through(both, 'https://h/')).toBe('http://s:1');
  expect(through(both, 'http://h/')).toBe('http://p:1');
  expect(through({ https_proxy: 'http://s:1' }, 'http://h/')).toBeUndefined();
  expect(through({ ALL_PROXY: 'http://a:1', http_proxy: '' }, 'http://h/')).toBe('http://a:1');
  expect(through({ HTTP_PROXY: 'proxy.corp:3128' }, 'http://h/')).toBe('http://proxy.corp:3128');
  expect(through({}, 'https://h/')).toBeUndefined();
});

test.each([
  ['internal.corp', ['http://internal.corp/', 'https://a.internal.corp:8/'], ['http://notinternal.corp/']],
  ['.corp', ['http://a.corp/', 'http://b.a.corp/'], ['http://corp.example/']],
  ['*.corp', ['http://a.corp/'], ['http://corp.example/']],
  ['localhost, 127.0.0.1', ['http://localhost:81/', 'https://127.0.0.1:82/'], ['http://127.0.0.2/']],
  ['corp:81', ['http://corp:81/', 'http://a.corp:81/'], ['http://corp/', 'http://corp:82/']],
  ['corp:443', ['https://corp/'], ['http://corp/']],
  ['10.0.0.0/8', ['http://10.1.2.3/'], ['http://11.1.2.3/', 'http://ten.example/', 'http://[::1]/']],
  ['fd00::/8', ['http://[fd00::1]/'], ['http://[fe80::1]/', 'http://10.0.0.1/']],
  ['[::1]', ['http://[::1]:81/'], ['http://[::2]/']],
  ['::1', ['http://[::1]/'], ['http://[::2]/']],
  ['10.0.0.0/99, x/8', [], ['http://10.0.0.1/', 'http://x/']],
  ['*', ['http://any/', 'https://127.0.0.1/'], []],
  ['', [], ['http://any/']],
])('no_proxy=%s', (excepted, without, withProxy) => {
  const variables = { all_proxy: 'http://p:1', no_proxy: excepted };
  expect(without.filter((url) => through(variables, url) !== undefined)).toEqual([]);
  expect(withProxy.filter((url) => through(variables, url) === undefined)).toEqual([]);
});

test("pip's own proxy is for every URL, whatever the environment says", () => {
  const variables = { PIP_PROXY: 'pip:1', https_proxy: 'http://s:1', NO_PROXY: '*' };
  const { proxies } = readSettings({}, variables).index;
  for (const url of ['http://h/', 'https://h/']) expect(proxyFor(proxies, new URL(url))).toBe('http://pip:1');
});

it('refuses what is no URL of a proxy, and names who named it, without a password', () => {
  const refuse = (variables: Readonly<Record<string, string>>) => {
    try {
      checkProxies(readProxies(variables));
      return undefined;
    } catch (error) {
      return error as Error;
    }
  };
  expect(refuse({ HTTPS_PROXY: 'http://ann:secret@h:99999' })).toMatchObject({ code: 'WHEELWRIGHT_USAGE' });
  expect(String(refuse({ HTTPS_PROXY: 'http://ann:secret@h:99999' }))).toContain('HTTPS_PROXY names');
  expect(String(refuse({ HTTPS_PROXY: 'http://ann:secret@h:99999' }))).not.toContain('secret');
  expect(refuse({ all_proxy: 'ftp://h' })).toMatchObject({ code: 'WHEELWRIGHT_USAGE' });
  expect(refuse({ http_proxy: 'h:3128', https_proxy: 'socks5://h:1080' })).toBeUndefined();
});

it('refuses a SOCKS proxy where a request would go through it', () => {
  for (const scheme of ['socks', 'socks4', 'socks4a', 'socks5', 'socks5h']) {
    const variables = { all_proxy: `${scheme}://ann:secret@h:1080`, no_proxy: 'near.example' };
    const proxies = readProxies(variables);
    checkProxies(proxies);
    expect(indexProxyFor(proxies, new URL('https://near.example/'))).toBeUndefined();
    const refused = () => indexProxyFor(proxies, new URL('https://far.example/'));
    expect(refused).toThrow(/^all_proxy names .*, and SOCKS proxies are not supported\.$/);
    expect(refused).not.toThrow(/secret/);
    const both = readProxies({ ...variables, https_proxy: 'http://p:3128' });
    expect(indexProxyFor(both, new URL('https://far.example/'))).toBe('http://p:3128');
  }
});

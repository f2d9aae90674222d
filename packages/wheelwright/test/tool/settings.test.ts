import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { readSettings } from '../../src/tool/settings.ts';

function read(variables: Record<string, string>, options = {}) {
  return readSettings(
    { workingDir: '/somewhere', ...options },
    { HOME: '/users/one', PIP_CONFIG_FILE: '/dev/null', ...variables },
  );
}

test('the store is in the cache directory of the user unless it is set', () => {
  expect(read({}).storeDir).toBe('/users/one/.cache/wheelwright/store');
  expect(read({ XDG_CACHE_HOME: '/cache' }).storeDir).toBe('/cache/wheelwright/store');
  expect(read({ WHEELWRIGHT_STORE: '/store' }).storeDir).toBe('/store');
  expect(read({ WHEELWRIGHT_STORE: '/store' }, { storeDir: 'mine' }).storeDir).toBe('/somewhere/mine');
});

test('an option wins over our variable, ours over those of pip and uv', () => {
  const variables = { PIP_INDEX_URL: 'http://pip/', UV_DEFAULT_INDEX: 'http://uv/' };
  expect(read(variables).index.indexUrls).toEqual(['http://pip/']);
  expect(read({ UV_DEFAULT_INDEX: 'http://uv/' }).index.indexUrls).toEqual(['http://uv/']);
  expect(read({ ...variables, WHEELWRIGHT_INDEX_URL: 'http://ours/' }).index.indexUrls).toEqual(['http://ours/']);
  expect(
    read({ ...variables, WHEELWRIGHT_INDEX_URL: 'http://ours/' }, { indexUrl: 'http://option/' }).index.indexUrls,
  ).toEqual(['http://option/']);
});

test("pip's configuration gives all of its index options together, [install] before [global]", () => {
  const home = temporaryDir();
  mkdirSync(path.join(home, '.config', 'pip'), { recursive: true });
  writeFileSync(
    path.join(home, '.config', 'pip', 'pip.conf'),
    '[global]\nindex-url = http://one/\ncert = /certs\ntrusted-host = a\n  b\n\n[install]\nindex_url = http://two/\nfind-links =\n    /wheels\n    http://links/\nno-index = true\n',
  );
  const { index } = readSettings({ workingDir: '/somewhere' }, { HOME: home });
  expect(index).toMatchObject({
    indexUrls: ['http://two/'],
    certPath: '/certs',
    trustedHosts: ['a', 'b'],
    findLinks: ['/wheels', 'http://links/'],
    noIndex: true,
  });
});

test('the index strategy comes from an option or a variable, and must be one that is known', () => {
  expect(read({ UV_INDEX_STRATEGY: 'unsafe-best-match' }).index.strategy).toBe('unsafe-best-match');
  expect(() => read({ WHEELWRIGHT_INDEX_STRATEGY: 'any' })).toThrow('The index strategy is any');
});

test('hooks are given neither index settings nor their credentials', () => {
  const { hookEnvironment } = read({
    PATH: '/bin',
    PIP_INDEX_URL: 'http://u:p@h/',
    UV_INDEX_URL: 'x',
    WHEELWRIGHT_STORE: 'y',
    TWINE_PASSWORD: 'z',
    CFLAGS: '-O1',
  });
  expect(hookEnvironment).toEqual({ HOME: '/users/one', PATH: '/bin', CFLAGS: '-O1' });
});

test('a time that is not a number is a usage error', () => {
  expect(() => read({ WHEELWRIGHT_LOCK_TIMEOUT: 'soon' })).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_USAGE' }),
  );
});

test('netrc is the file that NETRC names, else the one at home; the keyring is asked only on request', () => {
  expect(readSettings({}, { HOME: '/h' })).toMatchObject({ netrcPath: '/h/.netrc', index: { keyring: false } });
  expect(readSettings({}, { HOME: '/h', NETRC: '/n' }).netrcPath).toBe('/n');
  expect(readSettings({}, { HOME: '/h', UV_KEYRING_PROVIDER: 'subprocess' }).index.keyring).toBe(true);
  expect(readSettings({ keyringProvider: 'disabled' }, { PIP_KEYRING_PROVIDER: 'subprocess' }).index.keyring).toBe(
    false,
  );
  expect(() => readSettings({ keyringProvider: 'magic' }, {})).toThrow('magic');
});

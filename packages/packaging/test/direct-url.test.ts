import { expect, test } from 'vitest';
import { formatDirectUrl, parseDirectUrl } from '../src/index.ts';

test.each([
  { url: 'https://h.example/a.whl', archive: { hashes: { sha256: '00' } } },
  { url: 'file:///a', directory: { editable: true } },
  { url: 'file:///a', directory: { editable: false } },
  { url: 'https://h.example/a.git', subdirectory: 'b', vcs: { vcs: 'git', commitId: 'c', requestedRevision: 'main' } },
])('%j is the same after writing and reading', (direct) => {
  expect(parseDirectUrl(formatDirectUrl(direct))).toEqual(direct);
});

test('passwords are not written, names of variables and the user of git are', () => {
  const write = (url: string) => parseDirectUrl(formatDirectUrl({ url, vcs: { vcs: 'git', commitId: 'c' } })).url;
  expect(write('https://user:p@ss@h.example/a@v1')).toBe('https://h.example/a@v1');
  expect(write('https://$' + '{USER}:$' + '{PASS}@h.example/a')).toBe('https://$' + '{USER}:$' + '{PASS}@h.example/a');
  expect(write('ssh://git@h.example/a')).toBe('ssh://git@h.example/a');
});

test('a hash in the older form is read', () => {
  expect(parseDirectUrl('{"url":"u","archive_info":{"hash":"sha256=0"}}').archive).toEqual({ hashes: { sha256: '0' } });
  expect(
    parseDirectUrl('{"url":"u","archive_info":{"hash":"sha256=0","hashes":{"sha256":"0","md5":"1"}}}').archive,
  ).toEqual({ hashes: { sha256: '0', md5: '1' } });
});

test.each([
  '',
  '[]',
  '{}',
  '{"url":"u"}',
  '{"url":1,"dir_info":{}}',
  '{"url":"u","dir_info":{},"archive_info":{}}',
  '{"url":"u","vcs_info":{"vcs":"git"}}',
  '{"url":"u","archive_info":{"hash":"x"}}',
  '{"url":"u","archive_info":{"hash":"md5=1","hashes":{"md5":"2"}}}',
  '{"url":"u","archive_info":{"hash":"md5=1","hashes":{"sha256":"1"}}}',
  '{"url":"u","archive_info":{"hash":"md5=1","hashes":{}}}',
  '{"url":"https://h.example/a","dir_info":{}}',
  '{"url":"/a","dir_info":{}}',
  '{"url":"file:a","dir_info":{}}',
  '{"url":"file://a","dir_info":{}}',
])('%j is refused', (text) => {
  expect(() => parseDirectUrl(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_DIRECT_URL' }));
});

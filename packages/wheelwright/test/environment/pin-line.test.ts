import { parseDirectUrl } from '@wheelwright/packaging';
import { expect, test } from 'vitest';
import { formatPinLine } from '../../src/environment/pin-line.ts';

const sha256 = 'a'.repeat(64);
const line = (directUrl: object | undefined) =>
  formatPinLine({
    rawName: 'My.Name',
    version: '1.0',
    editable: (directUrl as { dir_info?: { editable?: boolean } })?.dir_info?.editable === true,
    directUrl: directUrl === undefined ? undefined : parseDirectUrl(JSON.stringify(directUrl)),
  });

test.each([
  ['an index', undefined, 'My.Name==1.0'],
  [
    'a URL',
    { url: 'https://host/a-1.0-py3-none-any.whl', archive_info: { hashes: { sha256 } } },
    `My.Name @ https://host/a-1.0-py3-none-any.whl#sha256=${sha256}`,
  ],
  [
    'a URL with the hash in the old field',
    { url: 'https://host/a.tar.gz', archive_info: { hash: `sha256=${sha256}` } },
    `My.Name @ https://host/a.tar.gz#sha256=${sha256}`,
  ],
  ['a URL without a hash', { url: 'https://host/a.whl', archive_info: {} }, 'My.Name @ https://host/a.whl'],
  [
    'a directory of an archive',
    { url: 'https://host/a.zip', subdirectory: 'sub', archive_info: { hashes: { sha256 } } },
    `My.Name @ https://host/a.zip#sha256=${sha256}&subdirectory=sub`,
  ],
  ['a directory', { url: 'file:///src/a', dir_info: {} }, 'My.Name @ file:///src/a'],
  ['an editable directory', { url: 'file:///src/a%20b', dir_info: { editable: true } }, '-e /src/a b'],
  [
    'a repository',
    { url: 'https://host/r.git', vcs_info: { vcs: 'git', commit_id: 'c0ffee', requested_revision: 'main' } },
    'My.Name @ git+https://host/r.git@c0ffee',
  ],
  [
    'a directory of a repository',
    { url: 'ssh://git@host/r', subdirectory: 'py', vcs_info: { vcs: 'git', commit_id: 'c0ffee' } },
    'My.Name @ git+ssh://git@host/r@c0ffee#subdirectory=py',
  ],
])('what came from %s', (_, directUrl, expected) => {
  expect(line(directUrl)).toBe(expected);
});

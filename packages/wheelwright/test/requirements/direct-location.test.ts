import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { locatePath, locateUrl } from '../../src/requirements/direct-location.ts';

test.each([
  ['https://h/a-1.tar.gz#sha256=00', { kind: 'archive', format: 'sdist', url: 'https://h/a-1.tar.gz' }],
  ['https://h/main.zip#subdirectory=sub/dir', { kind: 'archive', format: 'sdist', subdirectory: 'sub/dir' }],
  [
    'https://u:p@h/a-1-py3-none-any.whl',
    { kind: 'archive', format: 'wheel', url: 'https://u:p@h/a-1-py3-none-any.whl' },
  ],
  ['git+https://h/o/r.git', { kind: 'repository', vcs: 'git', url: 'https://h/o/r.git' }],
  ['git+https://h/o/r@v1.0#egg=r', { url: 'https://h/o/r', revision: 'v1.0' }],
  ['git+ssh://git@h:22/o/r.git@feature/x', { url: 'ssh://git@h:22/o/r.git', revision: 'feature/x' }],
  ['git+file:///srv/r#subdirectory=py', { url: 'file:///srv/r', subdirectory: 'py' }],
  ['hg+https://h/r@tip', { kind: 'repository', vcs: 'hg', url: 'https://h/r', revision: 'tip' }],
])('%s is located', (text, expected) => {
  expect(locateUrl(text, 'here')).toMatchObject(expected);
});

test.each([
  ['svn+https://h/r', 'svn'],
  ['git+git@h:o/r.git', 'git+ssh://'],
  ['https://h/o/r.git', 'git+https://h/o/r.git'],
  ['https://h/page', '.whl'],
  ['git+https://h/r@', 'revision'],
  ['git+https://h/r@--upload-pack=x', 'revision'],
  ['https://h/a.zip#subdirectory=../x', 'leaves the project'],
  ['ftp://h/a.zip', '.whl'],
])('%s is refused with the way to write it', (text, says) => {
  const error = (() => {
    try {
      return locateUrl(text, text);
    } catch (thrown) {
      return thrown as Error & { code: string; hint?: string };
    }
  })();
  expect(error).toMatchObject({ code: 'WHEELWRIGHT_BAD_INPUT' });
  expect(`${(error as Error).message} ${(error as { hint?: string }).hint}`).toContain(says);
});

test('a message never holds the credentials of a URL', () => {
  expect(() => locateUrl('https://user:secret@h/page', 'https://user:secret@h/page')).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('secret') }),
  );
});

test('a path is a directory, a wheel or an sdist by what it is', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'tree', 'sub'), { recursive: true });
  for (const name of ['a-1.tar.gz', 'a-1-py3-none-any.whl', 'notes.md']) writeFileSync(path.join(dir, name), '');
  expect(locatePath(path.join(dir, 'tree'), 'here', 'sub')).toEqual({
    kind: 'directory',
    dir: path.join(dir, 'tree/sub'),
  });
  expect(locatePath(path.join(dir, 'a-1.tar.gz'), 'here')).toMatchObject({ format: 'sdist' });
  expect(locatePath(path.join(dir, 'a-1-py3-none-any.whl'), 'here')).toMatchObject({ format: 'wheel' });
  for (const name of ['notes.md', 'missing']) expect(() => locatePath(path.join(dir, name), 'here')).toThrow(name);
});

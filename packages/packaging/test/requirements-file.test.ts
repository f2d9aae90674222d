import { expect, test } from 'vitest';
import { formatMarker, parseRequirementsFile } from '../src/index.ts';

const parse = (text: string, variables?: Record<string, string>) =>
  parseRequirementsFile(text, { path: 'r.txt', variables });

test('a file gives its requirements, places, included files and options, each with its line', () => {
  const text = `# comment
foo[x]>=1 ; os_name == "posix"  # comment
  # indented comment

-r other.txt
-cconstraints.txt
--requirement=third.txt
--index-url https://h.example/simple --extra-index-url=https://i.example/simple
--no-index
-e ./editable[test]
./local/dir
https://h.example/foo-1-py3-none-any.whl#sha256=00
bar @ https://h.example/bar.whl ; python_version > "3"
`;
  expect(parse(text).map(({ kind, value, option, line }) => [line, kind, option ?? '', value])).toEqual([
    [2, 'requirement', '', 'foo[x]>=1 ; os_name == "posix"'],
    [5, 'include', '', 'other.txt'],
    [6, 'constraint', '', 'constraints.txt'],
    [7, 'include', '', 'third.txt'],
    [8, 'option', '--index-url', 'https://h.example/simple'],
    [8, 'option', '--extra-index-url', 'https://i.example/simple'],
    [9, 'option', '--no-index', ''],
    [10, 'editable', '', './editable'],
    [11, 'path', '', './local/dir'],
    [12, 'url', '', 'https://h.example/foo-1-py3-none-any.whl#sha256=00'],
    [13, 'requirement', '', 'bar @ https://h.example/bar.whl ; python_version > "3"'],
  ]);
});

test('a backslash joins lines, and hashes belong to their requirement', () => {
  const [foo, bar] = parse(
    'foo==1 \\\n    --hash=sha256:AA \\\n    --hash sha512:bb\nbar==2 --hash sha256:cc -C key=a -C "b=c d"\n',
  );
  expect(foo).toMatchObject({ line: 1, value: 'foo==1', hashes: ['sha256:AA', 'sha512:bb'] });
  expect(bar).toMatchObject({ line: 4, hashes: ['sha256:cc'], configSettings: ['key=a', 'b=c d'] });
});

test('a comment ends a continuation and is not continued itself', () => {
  expect(parse('foo \\\n# comment \\\nbar').map(({ value, line }) => [value, line])).toEqual([
    ['foo', 1],
    ['bar', 3],
  ]);
  expect(parse('foo#x @ a\n'.replace('#x @ a', ' #x'))[0]?.value).toBe('foo');
});

test('variables come from the argument only, and unknown ones stay', () => {
  const text = '--index-url https://$' + '{USER_1}:$' + '{OTHER}@h.example/$' + '{lower}/$USER_1\n';
  expect(parse(text, { USER_1: 'me' })[0]?.value).toBe('https://me:$' + '{OTHER}@h.example/$' + '{lower}/$USER_1');
  expect(parse(text)[0]?.value).toContain('{USER_1}');
});

test('paths may have extras and a marker, and look like paths or files', () => {
  const [wheel, dir, up, windows] = parse(
    'foo-1-py3-none-any.whl ; os_name == "a/b"\n./dir[a, B_c];python_version>"3"\n..\nC:\\src\\foo\n',
  );
  expect(wheel).toMatchObject({ kind: 'path', value: 'foo-1-py3-none-any.whl' });
  expect(formatMarker(wheel!.marker!)).toBe('os_name == "a/b"');
  expect(dir).toMatchObject({ kind: 'path', value: './dir', extras: ['a', 'b-c'] });
  expect(up).toMatchObject({ kind: 'path', value: '..' });
  expect(windows).toMatchObject({ kind: 'path', value: 'C:\\src\\foo' });
});

test('a slash in a marker does not make a requirement a path', () => {
  expect(parse('foo; platform_version == "a/b"')[0]).toMatchObject({ kind: 'requirement' });
  expect(parse('foo @ file:///a/b.whl')[0]).toMatchObject({
    kind: 'requirement',
    requirement: { url: 'file:///a/b.whl' },
  });
  expect(parse('git+https://h.example/a.git@v1#egg=a ; os_name == "nt"')[0]).toMatchObject({
    kind: 'url',
    value: 'git+https://h.example/a.git@v1#egg=a',
  });
});

test('editable places may be URLs', () => {
  expect(parse('-e git+ssh://git@h.example/a.git#egg=a')[0]).toMatchObject({
    kind: 'editable',
    value: 'git+ssh://git@h.example/a.git#egg=a',
  });
});

test.each([
  ['foo bar', 1],
  ['\nfoo --no-index', 2],
  ['--unknown x', 1],
  ['-r', 1],
  ['--pre=yes', 1],
  ['--hash sha256:00', 1],
  ['foo --hash sha256:xyz', 1],
  ['foo \\\n--hash "sha256:00', 1],
  ['-r a b', 1],
  ['foo>=x', 1],
  ['./a;nonsense', 1],
  ['-e', 1],
])('%j is refused with its line', (text, line) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({ code: 'PACKAGING_INVALID_REQUIREMENTS_FILE', data: { path: 'r.txt', line } }),
  );
});

test('no message repeats a password', () => {
  for (const text of [
    'foo @ https://me:secret@h.example/x y',
    '--unknown=https://me:secret@h.example',
    'foo --hash https://me:secret@h.example',
  ]) {
    expect(() => parse(text)).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
  }
});

test('hostile files are read in linear time', () => {
  expect(parse(`foo${' '.repeat(500_000)}x`.slice(0, -1))).toHaveLength(1);
  expect(() => parse(`foo${' '.repeat(500_000)}x`)).toThrow();
  expect(parse('\\\n'.repeat(300_000))).toEqual([]);
  expect(parse('# \\\n'.repeat(300_000))).toEqual([]);
  expect(() => parse(`--hash ${'"'.repeat(500_001)}`)).toThrow();
  expect(() => parse(`x${'#'.repeat(500_000)}`)).toThrow();
});

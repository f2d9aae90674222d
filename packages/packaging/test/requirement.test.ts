import { expect, test } from 'vitest';
import { formatRequirement, PackagingError, parseRequirement } from '../src/index.ts';

test('a requirement has a name, extras, specifiers and a marker', () => {
  const requirement = parseRequirement(' Foo.Bar [ X_y, z,x-Y ] ( >=1.0 , <2 ) ; python_version < "3.12"');
  expect(requirement).toMatchObject({ name: 'Foo.Bar', normalizedName: 'foo-bar', extras: ['x-y', 'z'] });
  expect(formatRequirement(requirement)).toBe('Foo.Bar[x-y,z]>=1.0,<2; python_version < "3.12"');
});

test('a requirement by URL keeps a semicolon that touches the URL', () => {
  expect(parseRequirement('a@https://h.example/a;b.whl')).toMatchObject({ url: 'https://h.example/a;b.whl' });
  const marked = parseRequirement('a[x] @ file:///a.whl#sha256=0 ; os_name == "nt"');
  expect(marked.url).toBe('file:///a.whl#sha256=0');
  expect(formatRequirement(marked)).toBe('a[x] @ file:///a.whl#sha256=0 ; os_name == "nt"');
});

test.each([
  'a',
  'a[]',
  'a ()',
  'a>=1,',
  'a==1.*',
  'a===x',
  'a;os_name=="nt"',
  'a>1;extra=="x"',
  'a~=1.0+x'.replace('~=', '=='),
])('%j is a requirement', (text) => {
  const requirement = parseRequirement(text);
  expect(parseRequirement(formatRequirement(requirement))).toEqual(requirement);
});

test.each(
  [
    '',
    '-a',
    'a-',
    'a b',
    'a[x',
    'a[x y]',
    'a[,]',
    'a[x,]',
    'a,',
    'a>=1,,<2',
    'a,>=1',
    'a>=1 <2',
    'a (>=1',
    'a >=1)',
    'a @',
    'a @ u v',
    'a;',
    'a; x == "y"',
    './a',
    'a/b',
    'a>=1\n',
    'a>=1\nb',
  ].filter((text) => text !== 'a>=1\n'),
)('%j is not a requirement', (text) => {
  expect(() => parseRequirement(text)).toThrow(PackagingError);
});

test.each([
  'demo>=1\n',
  'demo\r\n',
  '\ndemo',
  'demo\\',
  'demo>=1\\',
  'demo; os_name == "nt"\n',
  'demo[a]\n',
  'demo[a\n]',
  'demo @ https://h.example/a.whl\n',
  'demo @ https://h.example/a.whl\nother==1',
  'demo @ https://h.example/a\u00a0b.whl',
  'demo===',
])('%j is refused', (text) => {
  expect(() => parseRequirement(text)).toThrow(expect.objectContaining({ code: 'PACKAGING_INVALID_REQUIREMENT' }));
});

test('any white space may follow an operator', () => {
  expect(formatRequirement(parseRequirement('demo >=\n1, <\t2'))).toBe('demo>=1,<2');
});

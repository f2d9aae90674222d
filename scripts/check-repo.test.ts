import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { rules } from './repo-rules.ts';

const headings = ['When to use it, when not', 'Install', 'Usage', 'Guarantees', 'API', 'Errors', 'Related packages'];

/** A manifest with all that npm shows. */
const manifest = (changed: Readonly<Record<string, unknown>> = {}) =>
  JSON.stringify({
    name: '@wheelwright/errors',
    version: '0.0.0',
    description: 'Errors.',
    license: 'MIT',
    keywords: ['error'],
    homepage: 'https://example.org',
    bugs: 'https://example.org/bugs',
    repository: { directory: 'packages/errors' },
    author: 'The authors',
    ...changed,
  });

/** A small checkout that breaks nothing, with `files` written over it. */
function checkout(files: Readonly<Record<string, string>> = {}): string {
  const root = temporaryDir();
  const whole = {
    'packages/errors/package.json': manifest(),
    'packages/errors/README.md': headings.map((heading) => `## ${heading}\n`).join('\n'),
    'packages/errors/src/index.ts': "/** One. */\nexport type ErrorsErrorCode = 'ERRORS_ONE';\n",
    'docs/errors.md': '### ERRORS_ONE\n',
    ...files,
  };
  for (const [name, text] of Object.entries(whole)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  return root;
}

const violations = (name: string, files?: Record<string, string>) => rules[name]?.(checkout(files));
const packageJson = (name: string, dependencies: Record<string, string> = {}) =>
  JSON.stringify({ name: `@wheelwright/${name}`, dependencies });

test('a checkout that follows the rules breaks none', () => {
  for (const check of Object.values(rules)) expect(check(checkout())).toEqual([]);
});

test('an import from a lower row, a sideways one and one not declared are found', () => {
  const broken = violations('rows', {
    'packages/fslock/package.json': packageJson('fslock', {
      '@wheelwright/atomic-fs': '*',
      '@wheelwright/archives': '*',
    }),
    'packages/fslock/src/index.ts': "import { a } from '@wheelwright/syscalls';\nexport { a };\n",
  });
  expect(broken).toEqual([
    expect.stringContaining('fslock (row 2) imports atomic-fs (row 3)'),
    expect.stringContaining('fslock (row 2) imports archives (row 2)'),
    expect.stringContaining('does not declare'),
    expect.stringContaining('declares @wheelwright/atomic-fs, which nothing in src imports'),
    expect.stringContaining('declares @wheelwright/archives, which nothing in src imports'),
  ]);
});

test('an engine that imports another package of row 4 than python is found', () => {
  const broken = violations('rows', {
    'packages/installer/package.json': packageJson('installer', {
      '@wheelwright/store': '*',
      '@wheelwright/python': '*',
    }),
  });
  expect(broken?.slice(0, 1)).toEqual([expect.stringContaining('installer (row 5) imports store (row 4)')]);
});

test('a package without a row is found', () => {
  expect(
    violations('rows', { 'packages/utils/package.json': packageJson('utils', { '@wheelwright/errors': '*' }) }),
  ).toContainEqual(expect.stringContaining('utils has no row'));
});

test('a third party imported by two files is found', () => {
  const source = "import yauzl from 'yauzl';\nexport { yauzl };\n";
  const broken = violations('third parties', {
    'packages/archives/package.json': packageJson('archives', { yauzl: '3' }),
    'packages/archives/src/a.ts': source,
    'packages/archives/src/b.ts': source,
  });
  expect(broken).toEqual([expect.stringContaining('yauzl is imported by')]);
});

test('a circle of imports is found, also one of types', () => {
  const files = {
    'packages/errors/src/a.ts': "import type { B } from './b.ts';\nexport type A = B;\n",
    'packages/errors/src/b.ts': "import type { C } from './c.ts';\nexport type B = C;\n",
    'packages/errors/src/c.ts': "export type C = import('./a.ts').A;\n",
    'packages/errors/src/d.ts': "export type { A } from './a.ts';\n",
  };
  expect(violations('circles', files)).toEqual(['errors has a circle of imports: src/a.ts, src/b.ts, src/c.ts']);
});

test('an import against the order of the folders and a folder of 26 files are found', () => {
  const text = 'export const one = 1;\n';
  const files = {
    'packages/fslock/package.json': packageJson('fslock'),
    ...Object.fromEntries(Array.from({ length: 26 }, (_, at) => [`packages/fslock/src/many/m${at}.ts`, text])),
    'packages/pep517/package.json': packageJson('pep517'),
    'packages/pep517/src/git/one.ts': "export { one } from '../tree/one.ts';\n",
    'packages/pep517/src/tree/one.ts': text,
    'packages/pep517/src/nowhere/one.ts': "export { one } from '../tree/one.ts';\n",
  };
  expect(violations('folders', files)).toEqual([
    'fslock: many holds 26 files, more than 25',
    'pep517: git/one.ts imports tree/one.ts, which comes after it',
    expect.stringContaining('nowhere/one.ts is in a folder without a place'),
  ]);
});

test('exported names and members of exported types without a docstring are found', () => {
  const index = `export type ErrorsErrorCode = 'ERRORS_ONE';
/** A box. */
export interface Box {
  width: number;
  /** In mm. */
  height: number;
}
export function open(): void {}
/** Closes. */
export function close(): void {}
/** A lid. */
export class Lid { #hidden = 1; private inner = 2; turn(): void {} }
`;
  expect(violations('docstrings', { 'packages/errors/src/index.ts': index })).toEqual([
    'packages/errors exports open without a docstring',
    'packages/errors exports ErrorsErrorCode without a docstring',
    'packages/errors exports Box.width without a docstring',
    'packages/errors exports Lid.turn without a docstring',
  ]);
});

test('a manifest without keywords, with a wrong directory or another version is found', () => {
  const files = {
    'packages/errors/package.json': manifest({ keywords: undefined, repository: { directory: 'packages/other' } }),
    'packages/fslock/package.json': manifest({ version: '9.0.0', repository: { directory: 'packages/fslock' } }),
  };
  expect(violations('manifests', files)).toEqual([
    "errors's package.json has no keywords",
    "errors's package.json names the directory packages/other, not packages/errors",
    'fslock has the version 9.0.0, errors 0.0.0',
  ]);
});

test('a README that lacks a heading is found', () => {
  expect(violations('README headings', { 'packages/errors/README.md': '## Usage\n' })).toHaveLength(1);
});

test('an error code without a page and a page without an error code are found', () => {
  expect(violations('error codes', { 'docs/errors.md': '### ERRORS_TWO\n' })).toEqual([
    expect.stringContaining('ERRORS_ONE has no section'),
    expect.stringContaining('describes ERRORS_TWO'),
  ]);
});

test('the host name of a registry is found', () => {
  expect(violations('registry hosts', { 'docs/page.md': `see ${['pypi', 'org'].join('.')}\n` })).toHaveLength(1);
});

test('a path of one machine is found', () => {
  expect(violations('machine paths', { 'docs/page.md': `see "/${'work'}/here"\n` })).toHaveLength(1);
});

test('a file over 400 lines is found unless it says why', () => {
  const long = 'export {};\n'.repeat(401);
  expect(violations('file length', { 'packages/errors/src/long.ts': long })).toHaveLength(1);
  expect(
    violations('file length', {
      'packages/errors/src/long.ts': `// Longer than 400 lines because it is a table.\n${long}`,
    }),
  ).toEqual([]);
});

test('a link that leads nowhere is found', () => {
  const text = '[one](errors.md) [two](errors.md#errors_one) [three](absent.md) [four](https://example.org/x)\n';
  expect(violations('links', { 'docs/page.md': text })).toEqual([
    'docs/page.md links to absent.md, which does not exist',
  ]);
});

test('a guarantee that names a test which does not exist is found', () => {
  const text = 'Held by `packages/errors/test/no.test.ts` and `packages/errors/test/one.test.ts`.\n';
  const files = { 'docs/guarantees.md': text, 'packages/errors/test/one.test.ts': '' };
  expect(violations('tests behind guarantees', files)).toEqual([expect.stringContaining('no.test.ts')]);
});

test('the rows of this repository name every package', () => {
  const root = fileURLToPath(new URL('..', import.meta.url));
  expect(rules.rows?.(root)).toEqual([]);
});

test('prose with an avoided word is found in comments, titles and pages', () => {
  const broken = violations('words', {
    'packages/errors/src/one.ts': '// Whoever wants it takes it.\n',
    'packages/errors/test/one.test.ts': "test('what somebody wrote is told', () => {});\n",
    'packages/errors/page.md': 'The lock lies in the store.\n',
  });
  expect(broken).toEqual([
    expect.stringContaining('page.md:1 says "lies in"'),
    expect.stringContaining('src/one.ts:1 says "Whoever"'),
    expect.stringContaining('one.test.ts:1 says "somebody"'),
    expect.stringContaining('one.test.ts:1 says "is told"'),
    expect.stringContaining(`one.test.ts:1 says "test('what"`),
  ]);
});

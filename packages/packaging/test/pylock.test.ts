import { expect, test } from 'vitest';
import {
  formatPylock,
  isPylockFilename,
  type MarkerEnvironment,
  parsePylock,
  pylockDocument,
  selectPackages,
} from '../src/index.ts';

const environment: MarkerEnvironment = {
  os_name: 'posix',
  sys_platform: 'linux',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6',
  platform_system: 'Linux',
  platform_version: '#1',
  python_version: '3.11',
  python_full_version: '3.11.7',
  implementation_name: 'cpython',
  implementation_version: '3.11.7',
};
const tags = ['cp311-cp311-linux_x86_64', 'py3-none-any'];
const hashes = { sha256: 'AB' };
const wheel = (name: string, more: object = {}) => ({ path: `wheels/${name}`, hashes, ...more });
const document = (...packages: object[]) => ({ 'lock-version': '1.0', 'created-by': 'test', packages });
const a = { name: 'a', version: '1.0', wheels: [wheel('a-1.0-py3-none-any.whl')] };

test('a lock gives its packages with their files', () => {
  const lock = parsePylock({
    ...document(
      {
        ...a,
        marker: 'os_name == "posix"',
        wheels: [{ url: 'https://h.example/a%2D1-py3-none-any.whl?x#y', size: 5n, hashes }],
      },
      { name: 'b', directory: { path: './b', editable: true } },
      { name: 'c', vcs: { type: 'git', url: 'https://h.example/c.git', 'commit-id': '0' } },
    ),
    'requires-python': '>=3.8',
    environments: ['os_name == "posix"'],
    extras: ['x'],
    'default-groups': ['dev'],
    tool: {},
  });
  expect(lock).toMatchObject({ lockVersion: '1.0', createdBy: 'test', extras: ['x'], defaultGroups: ['dev'] });
  expect(lock.packages[0]).toMatchObject({
    name: 'a',
    version: { text: '1.0' },
    wheels: [{ filename: 'a-1-py3-none-any.whl', size: 5, hashes: { sha256: 'ab' } }],
  });
  expect(lock.packages[1]?.directory).toMatchObject({ path: './b', editable: true });
});

test.each([
  ['lock-version', { ...document(a), 'lock-version': '2.0' }],
  ['lock-version', { packages: [] }],
  ['created-by', { ...document(a), 'created-by': 1 }],
  ['packages', { 'lock-version': '1.0', 'created-by': 'x' }],
  ['packages', { ...document(), packages: {} }],
  ['environments[0]', { ...document(), environments: ['x'] }],
  ['packages[0].name', document({ ...a, name: 'a b' })],
  ['packages[0].version', document({ ...a, version: 'x' })],
  ['packages[0].marker', document({ ...a, marker: 'x' })],
  ['packages[0]', document({ name: 'a' })],
  ['packages[0]', document({ ...a, directory: { path: '.' } })],
  ['packages[0].wheels', document({ ...a, wheels: {} })],
  ['packages[0].wheels[0].hashes', document({ ...a, wheels: [{ path: 'a-1-py3-none-any.whl' }] })],
  [
    'packages[0].wheels[0].hashes.sha256',
    document({ ...a, wheels: [wheel('a-1-py3-none-any.whl', { hashes: { sha256: 1 } })] }),
  ],
  ['lock-version', { ...document(a), 'lock-version': '1.0a1' }],
  ['lock-version', { ...document(a), 'lock-version': '2.0rc1' }],
  ['lock-version', { ...document(a), 'lock-version': 'x' }],
  ['extras[1]', { ...document(a), extras: ['a', 'Feature'] }],
  ['environments[0]', { ...document(a), environments: ['x'] }],
  ['packages[0].name', document({ ...a, name: 'A_b' })],
  ['packages[0].attestation-identities[0].kind', document({ ...a, 'attestation-identities': [{ value: 'x' }] })],
  ['packages[0].attestation-identities[0].kind', document({ ...a, 'attestation-identities': [{ kind: 1 }] })],
  ['packages[0].tool', document({ ...a, tool: [] })],
  ['packages[0].wheels[0]', document({ ...a, wheels: [{ name: 'a-1-py3-none-any.whl', hashes }] })],
  ['packages[0].wheels[0]', document({ ...a, wheels: [wheel('b-1.0-py3-none-any.whl')] })],
  ['packages[0].wheels[0]', document({ ...a, wheels: [wheel('a-2-py3-none-any.whl')] })],
  ['packages[0].wheels[0].size', document({ ...a, wheels: [wheel('a-1-py3-none-any.whl', { size: -1 })] })],
  ['packages[0].sdist', document({ name: 'a', version: '1', sdist: wheel('a-2.tar.gz') })],
  ['', []],
  ['', null],
])('a lock with a fault at %j is refused', (where, wrong) => {
  expect(() => parsePylock(wrong)).toThrow(
    expect.objectContaining({ code: 'PACKAGING_INVALID_PYLOCK', data: { where } }),
  );
});

test('a selection takes the packages whose markers hold, and of each the wheel that fits best', () => {
  const lock = parsePylock({
    ...document(
      { ...a, wheels: [wheel('a-1.0-py3-none-any.whl'), wheel('a-1.0-cp311-cp311-linux_x86_64.whl')] },
      {
        name: 'b',
        version: '1',
        marker: '"dev" in dependency_groups',
        sdist: wheel('b-1.tar.gz'),
        wheels: [wheel('b-1-py2-none-any.whl')],
      },
      { name: 'c', version: '1', marker: '"x" in extras', wheels: [wheel('c-1-py3-none-any.whl')] },
      { name: 'c', version: '2', marker: 'os_name == "nt"', wheels: [wheel('c-2-py3-none-any.whl')] },
    ),
    'default-groups': ['dev'],
    extras: ['x'],
  });
  const select = (options: object = {}) =>
    selectPackages(lock, { environment, tags, ...options }).map((one) => [one.package.name, one.wheel?.filename]);
  expect(select()).toEqual([
    ['a', 'a-1.0-cp311-cp311-linux_x86_64.whl'],
    ['b', undefined],
  ]);
  expect(select({ dependencyGroups: [], extras: ['X'] })).toEqual([
    ['a', 'a-1.0-cp311-cp311-linux_x86_64.whl'],
    ['c', 'c-1-py3-none-any.whl'],
  ]);
});

test.each([
  ['Python', { ...document(a), 'requires-python': '>=3.12' }],
  ['Python', document({ ...a, 'requires-python': '<3' })],
  ['other environments', { ...document(a), environments: ['os_name == "nt"'] }],
  ['other environments', { ...document(a), environments: [] }],
  ['twice', document(a, a)],
  ['none of the wheels', document({ ...a, wheels: [wheel('a-1-py2-none-any.whl')] })],
])('a lock that does not fit the environment is refused: %s', (message, wrong) => {
  expect(() => selectPackages(parsePylock(wrong), { environment, tags })).toThrow(message);
});

test('an extra or a group that the lock does not know is refused, in any spelling', () => {
  const lock = parsePylock({
    ...document(a),
    extras: ['x-y'],
    'default-groups': ['dev'],
    'dependency-groups': ['Docs'],
  });
  const select = (options: object) => selectPackages(lock, { environment, tags, ...options });
  expect(select({ extras: ['X_Y'], dependencyGroups: ['docs', 'DEV'] })).toHaveLength(1);
  expect(() => select({ extras: ['z'] })).toThrow('no extra "z"');
  expect(() => select({ dependencyGroups: ['test'] })).toThrow('no dependency group "test"');
});

test('an sdist is taken before a wheel where it is preferred', () => {
  const both = { name: 'a', version: '1', sdist: wheel('a-1.tar.gz'), wheels: [wheel('a-1-py3-none-any.whl')] };
  const selected = (preferSdist: (name: string) => boolean) =>
    selectPackages(parsePylock(document(both)), { environment, tags, preferSdist })[0]?.wheel?.filename;
  expect(selected(() => true)).toBeUndefined();
  expect(selected((name) => name !== 'a')).toBe('a-1-py3-none-any.whl');
});

const lower = { sha256: 'ab' };
const everything = {
  'lock-version': '1.0',
  environments: ['sys_platform == "linux"'],
  'requires-python': '>=3.9',
  extras: ['x'],
  'dependency-groups': ['dev'],
  'default-groups': ['dev'],
  'created-by': 'a "tool"',
  packages: [
    {
      name: 'a',
      version: '1.0',
      marker: '"x" in extras',
      'requires-python': '>=3.9',
      dependencies: [{ name: 'b' }],
      index: 'https://index.example/simple',
      sdist: { name: 'a-1.0.tar.gz', url: 'https://h.example/a-1.0.tar.gz', size: 7, hashes: lower },
      wheels: [wheel('a-1.0-py3-none-any.whl', { 'upload-time': new Date('2026-01-02T03:04:05Z'), hashes: lower })],
      'attestation-identities': [{ kind: 'publisher', 'a b': [1, 2.5, true] }],
      tool: { one: { two: 'x\ny' } },
    },
    { name: 'b', directory: { path: '.', editable: true, subdirectory: 'b' } },
    { name: 'c', vcs: { type: 'git', url: 'https://h.example/c', 'requested-revision': 'main', 'commit-id': 'f00' } },
    { name: 'd', archive: { path: 'd.zip', size: 3, hashes: lower, subdirectory: 'd' } },
  ],
  tool: { ww: { targets: ['linux'] } },
};

test('a lock is the same document after reading and writing, whatever it holds', () => {
  const lock = parsePylock(everything);
  expect(pylockDocument(lock)).toEqual(everything);
  expect(Object.keys(pylockDocument(lock))).toEqual(Object.keys(everything));
});

test('the text of a lock has one key a line and one wheel a line', () => {
  const text = formatPylock(parsePylock(everything));
  expect(text).toContain('created-by = "a \\"tool\\""\n');
  expect(text).toContain(
    '\n[[packages]]\nname = "b"\ndirectory = { path = ".", editable = true, subdirectory = "b" }\n',
  );
  expect(text).toContain('upload-time = 2026-01-02T03:04:05Z');
  expect(text).toContain('\n[tool]\nww = { targets = ["linux"] }\n');
  expect(text.split('\n').filter((line) => line.includes('.whl'))).toHaveLength(1);
  expect(formatPylock(parsePylock(everything))).toBe(text);
});

test('a lock that a reader would refuse is not written', () => {
  const lock = parsePylock(document(a));
  expect(() => formatPylock({ ...lock, packages: [{ ...lock.packages[0]!, wheels: [] }] })).toThrow(
    expect.objectContaining({ code: 'PACKAGING_INVALID_PYLOCK' }),
  );
});

test.each([
  ['pylock.toml', true],
  ['pylock.dev.toml', true],
  ['pylock.toml\n', false],
  ['pylock..toml', false],
  ['pylock.a.b.toml', false],
  ['my-pylock.toml', false],
])('%j is the name of a lock file: %s', (name, expected) => {
  expect(isPylockFilename(name)).toBe(expected);
});

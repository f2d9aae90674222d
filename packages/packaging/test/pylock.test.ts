import { expect, test } from 'vitest';
import { type MarkerEnvironment, parsePylock, selectPackages } from '../src/index.ts';

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
  ['environments', { ...document(), environments: ['x'] }],
  ['packages[0].name', document({ ...a, name: 'a b' })],
  ['packages[0].version', document({ ...a, version: 'x' })],
  ['packages[0].marker', document({ ...a, marker: 'x' })],
  ['packages[0]', document({ name: 'a' })],
  ['packages[0]', document({ ...a, directory: { path: '.' } })],
  ['packages[0].wheels', document({ ...a, wheels: {} })],
  ['packages[0].wheels[0].hashes', document({ ...a, wheels: [{ path: 'a-1-py3-none-any.whl' }] })],
  [
    'packages[0].wheels[0].hashes.sha256',
    document({ ...a, wheels: [wheel('a-1-py3-none-any.whl', { hashes: { sha256: 'xyz' } })] }),
  ],
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
  ['twice', document(a, a)],
  ['none of the wheels', document({ ...a, wheels: [wheel('a-1-py2-none-any.whl')] })],
])('a lock that does not fit the environment is refused: %s', (message, wrong) => {
  expect(() => selectPackages(parsePylock(wrong), { environment, tags })).toThrow(message);
});

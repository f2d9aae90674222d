import { expect, test } from 'vitest';
import { formatRequirement, parseMetadata, parseProjectTable, projectMetadata } from '../src/index.ts';

const demo = {
  name: 'Demo_Project',
  version: '1.0.0',
  description: 'A demo.',
  'requires-python': '>=3.9',
  dependencies: ['requests>=2', 'tomli; python_version < "3.11"'],
  'optional-dependencies': { Fast_Mode: ['cython', 'numpy; os_name == "nt" or os_name == "posix"'], docs: [] },
  scripts: { demo: 'demo:main' },
  dynamic: ['readme', 'authors'],
};

test('a static project says what it requires', () => {
  const project = parseProjectTable({ project: demo })!;
  expect(project).toMatchObject({
    name: 'Demo_Project',
    normalizedName: 'demo-project',
    version: { text: '1.0.0' },
    scripts: { demo: 'demo:main' },
    dynamic: ['readme', 'authors'],
  });
  expect(project.dependencies.map(formatRequirement)).toEqual(demo.dependencies);
  expect([...project.optionalDependencies.keys()]).toEqual(['fast-mode', 'docs']);
});

test('its core metadata reads back as a build would state it', () => {
  const fields = projectMetadata(parseProjectTable({ project: demo })!)!;
  const metadata = parseMetadata(`${fields.map(([name, value]) => `${name}: ${value}\n`).join('')}\n`);
  expect(metadata).toMatchObject({
    metadataVersion: '2.4',
    name: 'Demo_Project',
    version: '1.0.0',
    summary: 'A demo.',
    requiresPython: '>=3.9',
    requiresDist: [
      'requests>=2',
      'tomli; python_version < "3.11"',
      'cython; extra == "fast-mode"',
      'numpy; (os_name == "nt" or os_name == "posix") and extra == "fast-mode"',
    ],
    providesExtra: ['fast-mode', 'docs'],
    dynamic: ['description', 'description-content-type', 'author', 'author-email'],
    oddities: [],
  });
});

test.each(['version', 'dependencies', 'optional-dependencies', 'requires-python'])(
  'a project whose %s is dynamic has to be built',
  (key) => {
    const project = parseProjectTable({ project: { ...demo, [key]: undefined, dynamic: [key] } })!;
    expect(projectMetadata(project)).toBeUndefined();
  },
);

test('a document without the table has no static metadata', () => {
  expect(parseProjectTable({ 'build-system': {} })).toBeUndefined();
});

test.each([
  ['project', { project: [] }],
  ['project.name', { project: { version: '1' } }],
  ['project.name', { project: { name: 'a b', version: '1' } }],
  ['project.version', { project: { name: 'a' } }],
  ['project.version', { project: { name: 'a', version: 'x' } }],
  ['project.version', { project: { name: 'a', version: '1', dynamic: ['version'] } }],
  ['project.dynamic[0]', { project: { name: 'a', version: '1', dynamic: ['name'] } }],
  ['project.dependencies[1]', { project: { ...demo, dependencies: ['a', '>1'] } }],
  ['project.optional-dependencies.x_y', { project: { ...demo, 'optional-dependencies': { 'x-y': [], x_y: [] } } }],
  ['project.optional-dependencies.x[0]', { project: { ...demo, 'optional-dependencies': { x: ['?'] } } }],
  ['project.requires-python', { project: { ...demo, 'requires-python': '3' } }],
  ['project.scripts.a', { project: { ...demo, scripts: { a: 1 } } }],
  ['', 'text'],
])('a fault at %j is refused', (where, wrong) => {
  expect(() => parseProjectTable(wrong)).toThrow(
    expect.objectContaining({ code: 'PACKAGING_INVALID_PROJECT', data: { where } }),
  );
});

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readProject } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { buildSettingsKeys } from '../../src/project/build-settings.ts';

const schemaPath = fileURLToPath(new URL('../../schema/wheelwright-build.schema.json', import.meta.url));

function settings(text: string) {
  const dir = temporaryDir();
  writeTree(dir, {
    'pyproject.toml': `[build-system]\nrequires = []\nbuild-backend = "x"\n[tool.wheelwright.build]\n${text}`,
  });
  return readProject(dir).settings;
}

test('The schema for editors names the keys that are read.', () => {
  const { properties } = JSON.parse(readFileSync(schemaPath, 'utf8'));
  expect(Object.keys(properties)).toEqual([...buildSettingsKeys]);
  expect(path.basename(schemaPath)).toBe('wheelwright-build.schema.json');
});

test('Settings are read, with defaults for what is left out.', () => {
  expect(
    settings('exclude = ["*.bin"]\ncache = "always"\ncache-salt = "1"\nenv = ["X_*"]\nsources = ["../shared"]'),
  ).toMatchObject({
    exclude: ['*.bin'],
    include: [],
    cache: 'always',
    cacheSalt: '1',
    env: ['X_*'],
    sources: ['../shared'],
    strategy: undefined,
  });
  expect(settings('').cache).toBe('auto');
});

test.each([
  ['exclude = "x"', /'exclude' is not a list of strings/],
  ['cache = "sometimes"', /'cache' is not one of 'auto', 'always', 'never'/],
  ['cache-salt = 1', /'cache-salt' is not a string/],
  ['strategy = "copy"', /'strategy' is not one of/],
  ['excludes = []', /unknown key 'excludes'/],
])('%s is refused where it stands.', (text, message) => {
  expect(() => settings(text)).toThrow(message);
  expect(() => settings(text)).toThrow(/pyproject\.toml:5:/);
});

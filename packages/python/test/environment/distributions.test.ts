import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { listDistributions, readInstalledRecord } from '../../src/index.ts';

function add(sitePackages: string, distInfoName: string, files: Readonly<Record<string, string>>): string {
  const dir = path.join(sitePackages, distInfoName);
  mkdirSync(dir);
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(dir, name), text);
  return dir;
}

test('distributions that pip installed are listed with their metadata', () => {
  const dir = temporaryDir();
  const distInfoDir = add(dir, 'Foo_Bar-1.0.dist-info', {
    METADATA: 'Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.0\n\nName: not this\n',
    INSTALLER: 'pip\n',
    REQUESTED: '',
    RECORD: 'foo/__init__.py,sha256=AA,2\nFoo_Bar-1.0.dist-info/RECORD,,\n',
  });
  const [distribution, ...others] = listDistributions(dir);
  expect(others).toEqual([]);
  expect(distribution).toEqual({
    name: 'foo-bar',
    rawName: 'Foo.Bar',
    version: '1.0',
    form: 'dist-info',
    distInfoDir,
    distInfoName: 'Foo_Bar-1.0.dist-info',
    metadataPath: path.join(distInfoDir, 'METADATA'),
    editable: false,
    installer: 'pip',
    requested: true,
    directUrl: undefined,
  });
  expect(readInstalledRecord(distribution!)).toEqual([
    { path: 'foo/__init__.py', hash: { algorithm: 'sha256', digest: 'AA' }, size: 2 },
    { path: 'Foo_Bar-1.0.dist-info/RECORD' },
  ]);
});

test('an editable install is recognised by its direct_url.json', () => {
  const dir = temporaryDir();
  add(dir, 'e-1.dist-info', {
    METADATA: 'Name: e\nVersion: 1\n',
    'direct_url.json': '{"url": "file:///src", "dir_info": {"editable": true}}',
  });
  expect(listDistributions(dir)[0]).toMatchObject({
    editable: true,
    requested: false,
    directUrl: { url: 'file:///src', directory: { editable: true } },
  });
});

test('a distribution without METADATA has the name of its directory, so that it can be removed', () => {
  const dir = temporaryDir();
  const distInfoDir = add(dir, 'broken_one-2.0.dist-info', {});
  expect(listDistributions(dir)[0]).toMatchObject({ name: 'broken-one', version: '2.0' });
  expect(readInstalledRecord({ distInfoDir })).toBeUndefined();
});

test('a pipe that is named as a distribution is passed over, and no call waits for its writer', () => {
  const dir = temporaryDir();
  add(dir, 'one-1.0.dist-info', { METADATA: 'Name: one\nVersion: 1.0\n' });
  execFileSync('mkfifo', [path.join(dir, 'pipe-1.0.egg-info')]);
  expect(listDistributions(dir).map(({ name }) => name)).toContain('one');
});

test('an egg-info counts as a directory and as a file', () => {
  const dir = temporaryDir();
  add(dir, 'old-1.0-py3.11.egg-info', { 'PKG-INFO': 'Name: old\nVersion: 1.0\n' });
  writeFileSync(path.join(dir, 'older-0.5-py3.11.egg-info'), 'Name: older\nVersion: 0.5\n');
  expect(listDistributions(dir).map(({ name, version }) => `${name} ${version}`)).toEqual(['old 1.0', 'older 0.5']);
});

test('an egg is listed as a directory and as a zip file', () => {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'one-1.0-py3.11.egg'));
  add(path.join(dir, 'one-1.0-py3.11.egg'), 'EGG-INFO', { 'PKG-INFO': 'Name: One\nVersion: 1.0.1\n' });
  writeFileSync(path.join(dir, 'two-2.0-py3.11.egg'), 'PK\x03\x04 Name: none\n');
  expect(listDistributions(dir).map(({ rawName, version, form }) => [rawName, version, form])).toEqual([
    ['One', '1.0.1', 'egg'],
    ['two', '2.0', 'egg'],
  ]);
});

test('an egg-link is listed with the project that it leads to, and passed over where that is gone', () => {
  const dir = temporaryDir();
  const source = path.join(dir, 'project/src');
  mkdirSync(source, { recursive: true });
  add(source, 'My_Dev.egg-info', { 'PKG-INFO': 'Name: My.Dev\nVersion: 0.1\n' });
  const site = path.join(dir, 'site');
  mkdirSync(site);
  writeFileSync(path.join(site, 'My-Dev.egg-link'), `${source}\n../`);
  writeFileSync(path.join(site, 'gone.egg-link'), `${dir}/nowhere\n.`);
  writeFileSync(path.join(site, 'empty.egg-link'), '');
  expect(listDistributions(site)).toMatchObject([
    {
      name: 'my-dev',
      version: '0.1',
      form: 'develop',
      editable: true,
      metadataPath: path.join(source, 'My_Dev.egg-info/PKG-INFO'),
      directUrl: { url: `file://${dir}/project`, directory: { editable: true } },
    },
  ]);
});

test('installed-files.txt of an egg-info says which files are its own', () => {
  const dir = temporaryDir();
  const distInfoDir = add(dir, 'old-1.0.egg-info', { 'installed-files.txt': '../old.py\nPKG-INFO\n/outside\n' });
  expect(readInstalledRecord({ distInfoDir })).toEqual([{ path: 'old.py' }, { path: 'old-1.0.egg-info/PKG-INFO' }]);
});

test('leftovers of an interrupted pip and all other files are skipped', () => {
  const dir = temporaryDir();
  add(dir, '~oo-1.0.dist-info', { METADATA: 'Name: foo\nVersion: 1.0\n' });
  add(dir, 'foo', {});
  writeFileSync(path.join(dir, 'foo.py'), '');
  expect(listDistributions(dir)).toEqual([]);
});

test('a direct_url.json that cannot be read says nothing', () => {
  const dir = temporaryDir();
  add(dir, 'x-1.dist-info', { METADATA: 'Name: x\nVersion: 1\n', 'direct_url.json': '{' });
  expect(listDistributions(dir)[0]).toMatchObject({ name: 'x', directUrl: undefined });
});

test('a directory that is missing holds none', () => {
  expect(listDistributions(path.join(temporaryDir(), 'absent'))).toEqual([]);
});

test('two versions of one name are both listed', () => {
  const dir = temporaryDir();
  add(dir, 'a-2.dist-info', { METADATA: 'Name: a\nVersion: 2\n' });
  add(dir, 'a-1.dist-info', { METADATA: 'Name: a\nVersion: 1\n' });
  expect(listDistributions(dir).map(({ version }) => version)).toEqual(['1', '2']);
});

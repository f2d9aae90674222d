// Odd metadata in an environment: it is listed, does not stop a change of anything else, and is removed
// or replaced only where its files are known or the caller insists.
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { normalizeName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import {
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  planRepair,
  readInstalledState,
  verifyEnvironment,
} from '../src/index.ts';
import { makeEnvironment, site, wheelTree } from './environments.ts';
import { addGuest, makeVenv } from './prefixes.ts';

const metadata = (name: string, version = '1.0') => `Metadata-Version: 1.1\nName: ${name}\nVersion: ${version}\n`;

function write(siteDir: string, files: Readonly<Record<string, string>>): void {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(siteDir, file)), { recursive: true });
    writeFileSync(path.join(siteDir, file), text);
  }
}

/** What is there: `odd 1.0` in every case, with the module odd.py. */
const cases: Readonly<Record<string, (siteDir: string) => void>> = {
  'an egg-info that is a file': (dir) => write(dir, { 'odd-1.0.egg-info': metadata('odd') }),
  'a dist-info that is a file': (dir) => write(dir, { 'odd-1.0.dist-info': metadata('odd') }),
  'a dist-info that is an empty file': (dir) => write(dir, { 'odd-1.0.dist-info': '' }),
  'an egg-info of setuptools without its files': (dir) => write(dir, { 'odd-1.0.egg-info/PKG-INFO': metadata('odd') }),
  'a dist-info without RECORD': (dir) => write(dir, { 'odd-1.0.dist-info/METADATA': metadata('odd') }),
  'a dist-info without METADATA and RECORD': (dir) => write(dir, { 'odd-1.0.dist-info/WHEEL': 'Wheel-Version: 1.0\n' }),
  'a dist-info with a METADATA of bytes': (dir) => write(dir, { 'odd-1.0.dist-info/METADATA': '\0\xff\xfe\n\n' }),
  'a dist-info with a METADATA that is a directory': (dir) =>
    mkdirSync(`${dir}/odd-1.0.dist-info/METADATA`, { recursive: true }),
  'a dist-info with a RECORD that is none': (dir) =>
    write(dir, { 'odd-1.0.dist-info/METADATA': metadata('odd'), 'odd-1.0.dist-info/RECORD': '"unclosed\n' }),
  'a dist-info that is a link to nothing': (dir) => symlinkSync('nowhere', `${dir}/odd-1.0.dist-info`),
  'a dist-info that is an empty directory': (dir) => mkdirSync(`${dir}/odd-1.0.dist-info`),
  'an egg-info of an older Python': (dir) => write(dir, { 'odd-1.0-py3.9.egg-info': metadata('odd') }),
  'a zipped egg': (dir) => write(dir, { 'odd-1.0-py3.11.egg': 'PK\x03\x04' }),
  'an egg that is a directory': (dir) => write(dir, { 'odd-1.0-py3.11.egg/EGG-INFO/PKG-INFO': metadata('odd') }),
};

const layouts = { own: makeEnvironment, plain: makeVenv };

function place(layout: keyof typeof layouts) {
  const dir = temporaryDir();
  const env = layouts[layout](path.join(dir, 'env'));
  const siteDir = path.join(env, site);
  const wheel = (name: string, version = '1.0') => wheelTree(path.join(dir, 'store'), name, { version });
  const change = (wanted: Partial<EnvironmentChange>, options: ChangeOptions = {}) =>
    changeEnvironment(env, { add: [], remove: [], ...wanted }, options);
  const names = () => readInstalledState(env).distributions.map(({ name, version }) => `${name} ${version}`);
  const entries = () => readdirSync(siteDir).filter((name) => /info$|\.egg/.test(name));
  return { dir, env, siteDir, wheel, change, names, entries };
}

const odd = normalizeName('odd');

describe.each(Object.keys(layouts) as (keyof typeof layouts)[])('in the layout %s', (layout) => {
  describe.each(Object.entries(cases))('%s', (_title, make) => {
    function odds() {
      const found = place(layout);
      writeFileSync(path.join(found.siteDir, 'odd.py'), 'x = 1\n');
      make(found.siteDir);
      return found;
    }

    test('is listed, verified and left by changes of others', async () => {
      const { env, wheel, change, names, entries } = odds();
      const before = entries();
      await change({ add: [wheel('other')] });
      await change({ add: [wheel('other', '2.0')] });
      expect(names()).toEqual(['odd 1.0', 'other 2.0']);
      await change({ remove: [normalizeName('other')] });
      expect(names()).toEqual(['odd 1.0']);
      expect(entries()).toEqual(before);
      expect(verifyEnvironment(env).problems).toContainEqual(expect.objectContaining({ kind: 'no-record' }));
      expect(planRepair(env).reinstall).toMatchObject([{ name: 'odd', version: '1.0' }]);
    });

    test('is neither removed nor replaced, and the refusal says why', async () => {
      const { wheel, change, names } = odds();
      const refusal = {
        code: 'INSTALL_NO_RECORD',
        data: { name: 'odd', reason: expect.stringMatching(/^it(?:s metadata)? (?:is|has)/) },
      };
      await expect(change({ remove: [odd] })).rejects.toMatchObject(refusal);
      await expect(change({ add: [wheel('odd', '2.0')] })).rejects.toMatchObject(refusal);
      expect(names()).toEqual(['odd 1.0']);
    });

    test.each(['1.0', '2.0'])('leaves one of its name where %s is forced over it', async (version) => {
      const { env, wheel, change, names, entries } = odds();
      await change({ add: [wheel('odd', version)], force: true });
      expect(names()).toEqual([`odd ${version}`]);
      expect(entries()).toEqual([`odd-${version}.dist-info`]);
      expect(verifyEnvironment(env).problems.map(({ kind, path: file }) => [kind, path.basename(file)])).toEqual([
        ['unowned', 'odd.py'],
      ]);
    });

    test('is named and left where exactly something else is wanted', async () => {
      const { wheel, change, names } = odds();
      const result = await change({ add: [wheel('other')], exact: { keep: [] } });
      expect(result).toMatchObject({ unremovable: [{ name: 'odd', version: '1.0', reason: expect.any(String) }] });
      expect(names()).toEqual(['odd 1.0', 'other 1.0']);
    });
  });

  test('an egg-info of setuptools with installed-files.txt is replaced and removed by it', async () => {
    const { siteDir, wheel, change, names } = place(layout);
    const make = () =>
      write(siteDir, {
        'old-1.0.egg-info/PKG-INFO': metadata('old'),
        'old-1.0.egg-info/installed-files.txt': '../old.py\n../old_more/x.py\nPKG-INFO\ninstalled-files.txt\n',
        'old.py': '',
        'old_more/x.py': '',
      });
    make();
    await change({ remove: [normalizeName('old')] });
    expect(names()).toEqual([]);
    expect(['old.py', 'old_more', 'old-1.0.egg-info'].filter((name) => existsSync(path.join(siteDir, name)))).toEqual(
      [],
    );
    make();
    await change({ add: [wheel('old', '2.0')] });
    expect(names()).toEqual(['old 2.0']);
    expect(existsSync(path.join(siteDir, 'old.py'))).toBe(false);
  });

  test('an egg-link is listed with its source tree, and neither removed nor replaced', async () => {
    const { dir, siteDir, wheel, change } = place(layout);
    write(dir, { 'src/dev_p.egg-info/PKG-INFO': metadata('dev-p', '3.0') });
    write(siteDir, { 'dev-p.egg-link': `${dir}/src\n../\n`, 'easy-install.pth': `${dir}/src\n` });
    write(siteDir, { 'gone.egg-link': `${dir}/nowhere\n.\n` });
    await change({ add: [wheel('other')] });
    const { distributions } = readInstalledState(path.join(dir, 'env'));
    expect(distributions.map(({ name, version, editable }) => [name, version, editable])).toEqual([
      ['dev-p', '3.0', true],
      ['other', '1.0', false],
    ]);
    const refusal = { code: 'INSTALL_NO_RECORD', hint: expect.stringContaining('pip uninstall dev-p') };
    await expect(change({ remove: [normalizeName('dev-p')] })).rejects.toMatchObject(refusal);
    await expect(change({ add: [wheel('dev_p')], force: true })).rejects.toMatchObject(refusal);
  });

  test('two dist-infos of one name, spelled in two ways, are replaced by one', async () => {
    const { siteDir, wheel, change, names, entries } = place(layout);
    addGuest(siteDir, 'Odd.Name', { version: '1.0', files: { 'odd_name.py': '1' } });
    addGuest(siteDir, 'odd_name', { version: '1.1', files: { 'odd_name.py': '1' } });
    await change({ add: [wheel('odd_name', '2.0')] });
    expect(names()).toEqual(['odd-name 2.0']);
    expect(entries()).toEqual(['odd_name-2.0.dist-info']);
  });

  test('leftovers of an interrupted pip are not listed and stop nothing', async () => {
    const { siteDir, wheel, change, names } = place(layout);
    write(siteDir, {
      '~dd-1.0.dist-info/METADATA': metadata('odd'),
      '~dd/__init__.py': '',
      '-odd-1.0.dist-info/METADATA': '',
      'nameless.dist-info/x': '',
      'bad.pth': '\0\xff import nothing\n',
    });
    mkdirSync(path.join(siteDir, 'directory.pth'));
    symlinkSync('nowhere', path.join(siteDir, 'dangling.pth'));
    symlinkSync('loop', path.join(siteDir, 'loop'));
    await change({ add: [wheel('other')] });
    await change({ remove: [normalizeName('other')] });
    expect(names()).toEqual([]);
    expect(readdirSync(siteDir)).toEqual(
      expect.arrayContaining(['~dd', 'bad.pth', 'directory.pth', 'dangling.pth', 'loop']),
    );
  });
});

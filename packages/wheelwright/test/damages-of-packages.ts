// Damage to what is installed in an environment, and to what it shares with others.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { cleanCache, openTool } from '../src/index.ts';
import { type Damage, edit, empty, remove } from './damages.ts';

export const damagesOfPackages: readonly Damage[] = [
  { what: 'site-packages gone', layouts: ['own'], does: ({ site }) => remove(site), names: /site-packages/ },
  {
    what: 'site-packages gone',
    layouts: ['plain'],
    does: ({ site }) => remove(site),
    refuses: /its packages are gone/,
  },
  ...['00_wheelwright.pth', '_wheelwright_pin.py', '_wheelwright_scripts.py', '_wheelwright_scripts.txt'].flatMap(
    (name): Damage[] => [
      {
        what: `${name} gone`,
        layouts: ['own'],
        does: ({ site }) => remove(path.join(site, name)),
        names: new RegExp(`missing .*${name}`),
      },
      {
        what: `${name} edited`,
        layouts: ['own'],
        does: ({ site }) => edit(path.join(site, name)),
        names: new RegExp(`modified .*${name}`),
      },
    ],
  ),
  {
    what: 'a script gone',
    does: ({ prefix }) => remove(path.join(prefix, 'bin/run-one')),
    names: /missing bin\/run-one/,
  },
  {
    what: 'a script edited',
    does: ({ prefix }) => edit(path.join(prefix, 'bin/run-one')),
    names: /modified bin\/run-one/,
  },
  {
    what: 'a script that cannot be started',
    does: ({ prefix }) => chmodSync(path.join(prefix, 'bin/run-one'), 0o644),
    names: /modified bin\/run-one/,
  },
  {
    what: 'a file gone',
    layouts: ['own', 'plain'],
    does: ({ site }) => remove(path.join(site, 'one/mod.py')),
    names: /missing .*one\/mod\.py/,
  },
  {
    what: 'a file edited, in the store too',
    layouts: ['own', 'plain'],
    does: ({ site }) => edit(path.join(site, 'one/mod.py')),
    names: /modified .*one\/mod\.py/,
  },
  {
    what: 'a package replaced by a link',
    layouts: ['own', 'plain'],
    does: ({ env, site }) => {
      renameSync(path.join(site, 'one'), path.join(env, 'elsewhere'));
      symlinkSync(path.join(env, 'elsewhere'), path.join(site, 'one'));
    },
    names: /modified .*site-packages\/one /,
  },
  {
    what: 'a package replaced by a file',
    layouts: ['own', 'plain'],
    does: ({ site }) => {
      remove(path.join(site, 'one'));
      writeFileSync(path.join(site, 'one'), '');
    },
    names: /missing .*one\/mod\.py/,
  },
  {
    what: 'a file replaced by a directory',
    layouts: ['own', 'plain'],
    does: ({ site }) => {
      remove(path.join(site, 'one/mod.py'));
      mkdirSync(path.join(site, 'one/mod.py'));
    },
    names: /modified .*one\/mod\.py/,
  },
  ...['RECORD', 'METADATA', 'INSTALLER', 'WHEEL'].flatMap((name): Damage[] => [
    {
      what: `${name} gone`,
      layouts: ['own', 'plain'],
      does: ({ site }) => remove(path.join(site, `one-1.0.dist-info/${name}`)),
      names: /one-1\.0\.dist-info/,
    },
    {
      what: `${name} empty`,
      layouts: ['own', 'plain'],
      does: ({ site }) => empty(path.join(site, `one-1.0.dist-info/${name}`)),
      names: /one-1\.0\.dist-info/,
    },
  ]),
  {
    what: 'a dist-info gone',
    layouts: ['own'],
    does: ({ site }) => remove(path.join(site, 'one-1.0.dist-info')),
    names: /no-record .*one-1\.0\.dist-info/,
  },
  {
    what: 'two dist-infos of one name',
    layouts: ['own', 'plain'],
    does: ({ site }) => {
      cpSync(path.join(site, 'one-1.0.dist-info'), path.join(site, 'one-0.9.dist-info'), { recursive: true });
      writeFileSync(path.join(site, 'one-0.9.dist-info/METADATA'), 'Metadata-Version: 2.1\nName: one\nVersion: 0.9\n');
    },
    names: /duplicate /,
  },
  {
    what: "pip's leftovers",
    layouts: ['own', 'plain'],
    does: ({ site }) => {
      mkdirSync(path.join(site, '~ne'));
      writeFileSync(path.join(site, '~ne/x.py'), '');
      mkdirSync(path.join(site, '~ne-1.0.dist-info'));
    },
    names: /~ne/,
  },
  {
    what: 'everything at once, with the store cleaned',
    layouts: ['own', 'plain'],
    does: async ({ env, prefix, site, settings }) => {
      await using tool = openTool(settings);
      await cleanCache(tool);
      for (const file of ['bin/python3', 'bin/activate', 'bin/run-one', 'generation.json'])
        remove(path.join(prefix, file));
      remove(path.join(site, 'one/mod.py'));
      remove(path.join(site, 'two-1.0.dist-info/RECORD'));
      remove(path.join(env, 'pyvenv.cfg'));
      remove(path.join(env, '.wheelwright/current'));
    },
  },
  {
    what: 'what it shares gone, with the store cleaned',
    layouts: ['shared'],
    does: async ({ prefix, settings }) => {
      await using tool = openTool(settings);
      await cleanCache(tool);
      const shared = path.dirname(readlinkSync(path.join(prefix, 'lib')));
      remove(shared);
    },
    names: /missing \/.*\/shared\/[0-9a-f]{64} /,
  },
  {
    what: 'what it shares edited',
    layouts: ['shared'],
    does: ({ site }) => {
      const file = realpathSync(path.join(site, 'one/mod.py'));
      chmodSync(path.dirname(file), 0o755);
      edit(file);
    },
    names: /modified .*one\/mod\.py/,
  },
];

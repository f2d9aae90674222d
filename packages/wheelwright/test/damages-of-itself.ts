// Damage to what makes an environment one: marker, pointer, links, interpreter, activations.
import { mkdirSync, readFileSync, renameSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Damage, empty, own, remove } from './damages.ts';

export const damagesOfItself: readonly Damage[] = [
  ...['bin', 'lib', 'lib64', 'include', 'share', 'etc'].flatMap((name): Damage[] => [
    {
      what: `the link ${name} gone`,
      layouts: own,
      does: ({ env }) => remove(path.join(env, name)),
      names: new RegExp(`^missing ${name} `, 'm'),
    },
    {
      what: `the link ${name} to elsewhere`,
      layouts: own,
      does: ({ env }) => {
        remove(path.join(env, name));
        symlinkSync('/tmp', path.join(env, name));
      },
      names: new RegExp(`^modified ${name} `, 'm'),
    },
    {
      what: `a directory in the place of the link ${name}`,
      layouts: own,
      does: ({ env }) => {
        remove(path.join(env, name));
        mkdirSync(path.join(env, name));
        writeFileSync(path.join(env, name, 'mine'), 'kept');
      },
      names: new RegExp(`^modified ${name} `, 'm'),
    },
  ]),
  {
    what: 'current gone',
    layouts: own,
    does: ({ env }) => remove(path.join(env, '.wheelwright/current')),
    names: /current/,
  },
  {
    what: 'current to nowhere',
    layouts: own,
    does: ({ env }) => {
      remove(path.join(env, '.wheelwright/current'));
      symlinkSync('generations/99', path.join(env, '.wheelwright/current'));
    },
    names: /current/,
  },
  {
    what: 'current a directory',
    layouts: own,
    does: ({ env }) => {
      remove(path.join(env, '.wheelwright/current'));
      mkdirSync(path.join(env, '.wheelwright/current/x'), { recursive: true });
    },
    names: /current/,
  },
  {
    what: 'format gone',
    layouts: own,
    does: ({ env }) => remove(path.join(env, '.wheelwright/format')),
    names: /format/,
  },
  {
    what: 'format empty',
    layouts: own,
    does: ({ env }) => empty(path.join(env, '.wheelwright/format')),
    names: /format/,
  },
  {
    what: 'format of a newer version',
    layouts: own,
    does: ({ env }) => writeFileSync(path.join(env, '.wheelwright/format'), '99\n'),
    refuses: /layout 99/,
  },
  {
    what: 'all generations gone',
    layouts: own,
    does: ({ env }) => remove(path.join(env, '.wheelwright/generations')),
    refuses: /no generation of it is left/,
  },
  {
    what: 'everything of ours gone',
    layouts: own,
    does: ({ env }) => remove(path.join(env, '.wheelwright')),
    refuses: /no generation of it is left/,
  },
  {
    what: 'the mark gone',
    layouts: own,
    does: ({ prefix }) => remove(path.join(prefix, '.committed')),
    names: /^unfinished/m,
  },
  {
    what: 'generation.json gone',
    layouts: own,
    does: ({ prefix }) => remove(path.join(prefix, 'generation.json')),
    names: /missing generation\.json/,
  },
  {
    what: 'generation.json empty',
    layouts: own,
    does: ({ prefix }) => empty(path.join(prefix, 'generation.json')),
    names: /modified generation\.json/,
  },
  {
    what: 'generation.json half',
    layouts: own,
    does: ({ prefix }) => truncateSync(path.join(prefix, 'generation.json'), 90),
    names: /modified generation\.json/,
  },
  {
    what: 'generation.json and the links of its generation gone',
    layouts: ['shared'],
    does: ({ prefix }) => {
      for (const name of ['generation.json', 'lib', 'include']) remove(path.join(prefix, name));
    },
  },
  { what: 'pyvenv.cfg gone', does: ({ env }) => remove(path.join(env, 'pyvenv.cfg')), names: /missing pyvenv\.cfg/ },
  { what: 'pyvenv.cfg empty', does: ({ env }) => empty(path.join(env, 'pyvenv.cfg')), names: /modified pyvenv\.cfg/ },
  {
    what: 'pyvenv.cfg a directory',
    does: ({ env }) => {
      remove(path.join(env, 'pyvenv.cfg'));
      mkdirSync(path.join(env, 'pyvenv.cfg'));
    },
    names: /modified pyvenv\.cfg/,
  },
  {
    what: 'pyvenv.cfg with a home that is gone',
    does: ({ env }) => {
      const file = path.join(env, 'pyvenv.cfg');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^home = .*$/m, 'home = /nowhere/bin'));
    },
    names: /modified pyvenv\.cfg/,
  },
  ...['python', 'python3', 'activate', 'activate.fish', 'activate.csh'].map(
    (name): Damage => ({
      what: `bin/${name} gone`,
      does: ({ prefix }) => remove(path.join(prefix, 'bin', name)),
      names: new RegExp(`missing bin/${name} `),
    }),
  ),
  ...['activate', 'activate.fish', 'activate.csh'].flatMap((name): Damage[] => [
    {
      what: `bin/${name} empty`,
      does: ({ prefix }) => empty(path.join(prefix, 'bin', name)),
      names: new RegExp(`modified bin/${name} `),
    },
    {
      what: `bin/${name} half`,
      does: ({ prefix }) => truncateSync(path.join(prefix, 'bin', name), 400),
      names: new RegExp(`modified bin/${name} `),
    },
  ]),
  {
    what: 'bin/python to nowhere',
    does: ({ prefix }) => {
      remove(path.join(prefix, 'bin/python'));
      symlinkSync('/nowhere/python3', path.join(prefix, 'bin/python'));
    },
    names: /modified bin\/python /,
  },
  {
    what: 'the interpreter gone, with another of its version there',
    does: ({ env, prefix }) => {
      const file = path.join(env, 'pyvenv.cfg');
      const elsewhere = readFileSync(file, 'utf8').replace(/^(home|executable) = .*$/gm, '$1 = /nowhere/bin/python3');
      writeFileSync(file, elsewhere);
      remove(path.join(prefix, 'bin/python'));
      symlinkSync('/nowhere/bin/python3', path.join(prefix, 'bin/python'));
    },
  },
  {
    what: 'pyvenv.cfg and bin/python gone',
    does: ({ env, prefix }) => {
      remove(path.join(env, 'pyvenv.cfg'));
      remove(path.join(prefix, 'bin/python'));
    },
  },
  { what: 'all of bin gone', does: ({ prefix }) => remove(path.join(prefix, 'bin')), names: /bin\/python/ },
  {
    what: 'bin a link to a copy of it',
    layouts: own,
    does: ({ env, prefix }) => {
      renameSync(path.join(prefix, 'bin'), path.join(env, 'elsewhere'));
      symlinkSync(path.join(env, 'elsewhere'), path.join(prefix, 'bin'));
    },
    names: /modified bin /,
  },
  {
    what: 'lib64 of the generation gone',
    layouts: own,
    does: ({ prefix }) => remove(path.join(prefix, 'lib64')),
    names: /missing lib64/,
  },
  {
    what: 'share of the generation gone',
    layouts: own,
    does: ({ prefix }) => remove(path.join(prefix, 'share')),
    names: /missing share/,
  },
  {
    what: 'the links of the generation gone',
    layouts: ['shared'],
    does: ({ prefix }) => remove(path.join(prefix, 'lib')),
    names: /missing lib/,
  },
  {
    what: 'the guard against pip gone',
    layouts: ['shared'],
    does: ({ prefix }) => remove(path.join(prefix, 'pip.conf')),
    names: /missing pip\.conf/,
  },
];

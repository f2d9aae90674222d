// A wrong "nothing to do" is a bug of the first kind. So one thing at a time is changed of all that an answer rests on:
// each file in each way that a file can change, each word, each variable, the time. Every change sends the long way.
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { recall } from '../../src/settled/answer.ts';
import type { Surroundings } from '../../src/settled/fingerprint.ts';
import { remember } from '../../src/settled/remember.ts';

const longAgo = new Date('2026-01-01T00:00:00Z');

interface Scene {
  readonly dir: string;
  readonly environmentDir: string;
  readonly args: readonly string[];
  readonly surroundings: Surroundings;
  readonly files: readonly string[];
}

/** The requests whose answers are remembered, each with the files that it reads. */
const requests: readonly { readonly args: readonly string[]; readonly read: readonly string[] }[] = [
  { args: ['install', '-r', 'requirements.txt'], read: ['requirements.txt', 'constraints.txt', 'pip.conf'] },
  { args: ['sync', 'pylock.toml'], read: ['pylock.toml', 'pip.conf'] },
  { args: ['install', 'one', '-c', 'constraints.txt'], read: ['constraints.txt', 'pip.conf'] },
];

/** A project with requirements, a lock, a configuration, and an environment of three distributions. */
function scene({ args, read } = requests[0]!): Scene {
  const dir = temporaryDir();
  const environmentDir = path.join(dir, '.venv');
  const root = path.join(environmentDir, '.wheelwright');
  const generation = path.join(root, 'generations', '3');
  const site = path.join(generation, 'lib', 'python3.11', 'site-packages');
  const write = (file: string, text: string) => {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  for (const name of ['one-1.0', 'two-2.0']) {
    for (const file of ['METADATA', 'RECORD', 'INSTALLER', 'REQUESTED'])
      write(path.join(site, `${name}.dist-info`, file), `${name} ${file}\n`);
  }
  write(path.join(site, 'three-3.0-py3.11.egg', 'EGG-INFO', 'PKG-INFO'), 'three\n');
  write(path.join(site, 'one.py'), 'ONE = 1\n');
  write(path.join(site, 'extra.pth'), 'import one\n');
  write(path.join(generation, 'generation.json'), '{}\n');
  write(path.join(generation, '.committed'), '');
  write(path.join(generation, 'bin', 'one'), '#!/bin/sh\n');
  write(path.join(root, 'format'), '1\n');
  write(path.join(environmentDir, 'pyvenv.cfg'), 'version = 3.11.7\n');
  write(path.join(dir, 'python'), 'an interpreter\n');
  symlinkSync('generations/3', path.join(root, 'current'));
  for (const name of ['bin', 'lib']) symlinkSync(`.wheelwright/current/${name}`, path.join(environmentDir, name));
  symlinkSync(path.join(dir, 'python'), path.join(generation, 'bin', 'python'));
  write(path.join(dir, 'requirements.txt'), 'one\n-c constraints.txt\n');
  write(path.join(dir, 'constraints.txt'), 'two<3\n');
  write(path.join(dir, 'pylock.toml'), 'lock-version = "1.0"\n');
  return {
    dir,
    environmentDir,
    args,
    surroundings: {
      workingDir: dir,
      variables: { HOME: dir, PATH: '/bin', PIP_INDEX_URL: 'x' },
      isTerminal: [false, false],
    },
    files: read.map((name) => path.join(dir, name)),
  };
}

/** Remembers as a command does that began `startedAt`, by default long after every file came to rest. */
async function settle(
  { args, surroundings, files, environmentDir }: Scene,
  changed: { startedAt?: number; until?: number } = {},
): Promise<boolean> {
  const { startedAt = Date.now() + 60_000, until = Number.POSITIVE_INFINITY } = changed;
  return remember(args, surroundings, { startedAt, until, files, environmentDir, stdout: 'nothing to do\n' });
}

const later = () => Date.now() + 120_000;

function watched({ environmentDir }: Scene): string[] {
  const note = JSON.parse(readFileSync(path.join(environmentDir, '.wheelwright', 'settled.json'), 'utf8'));
  const [request] = Object.values(note.requests) as { files: [string, string][] }[];
  return request!.files.map(([file]) => file).filter((file) => file.startsWith(path.dirname(environmentDir)));
}

test('the request is answered as long as nothing has changed', async () => {
  const settled = scene();
  expect(await settle(settled)).toBe(true);
  const { args, surroundings } = settled;
  expect(recall(args, surroundings, later())?.stdout).toBe('nothing to do\n');
  const other = { ...surroundings, variables: { ...surroundings.variables, PWD: '/x', SHLVL: '3', _: '/bin/ww' } };
  expect(recall(args, other, later())).toBeDefined();
  writeFileSync(path.join(settled.dir, 'unrelated.txt'), 'text\n');
  expect(recall(args, surroundings, later())).toBeDefined();
});

/** Every way in which a file, a link or a directory can become another. */
const ways: readonly [name: string, change: (file: string) => boolean][] = [
  [
    'content of the same length, with its old time',
    (file) => {
      const stat = lstatSync(file);
      if (!stat.isFile() || stat.size === 0) return false;
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^./, '~'));
      utimesSync(file, stat.atime, stat.mtime);
      return true;
    },
  ],
  [
    'another file of the same content and time',
    (file) => {
      const stat = lstatSync(file);
      if (!stat.isFile()) return false;
      writeFileSync(`${file}.new`, readFileSync(file));
      utimesSync(`${file}.new`, stat.atime, stat.mtime);
      renameSync(`${file}.new`, file);
      return true;
    },
  ],
  [
    'a time',
    (file) => {
      if (lstatSync(file).isSymbolicLink()) return false;
      utimesSync(file, longAgo, longAgo);
      return true;
    },
  ],
  [
    'a mode',
    (file) => {
      const stat = lstatSync(file);
      if (stat.isSymbolicLink()) return false;
      chmodSync(file, stat.mode ^ 0o001);
      return true;
    },
  ],
  [
    'gone',
    (file) => {
      rmSync(file, { recursive: true });
      return true;
    },
  ],
  [
    'a link to what it was',
    (file) => {
      if (lstatSync(file).isSymbolicLink()) return false;
      renameSync(file, `${file}.moved`);
      symlinkSync(path.basename(`${file}.moved`), file);
      return true;
    },
  ],
];

test.each(requests)('one change of any file that the answer of $args rests on sends the long way', async (request) => {
  const pattern = scene(request);
  await settle(pattern);
  const names = watched(pattern).map((file) => path.relative(pattern.dir, file));
  let trials = 0;
  for (const [way, change] of ways) {
    for (const name of names) {
      const { dir, args, surroundings, ...rest } = scene(request);
      expect(await settle({ dir, args, surroundings, ...rest })).toBe(true);
      const file = path.join(dir, name);
      const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
      if (!isThere && way === 'gone') {
        if (!existsSync(path.dirname(file)) || !lstatSync(path.dirname(file)).isDirectory()) continue;
        mkdirSync(file);
      } else if (!isThere || !change(file)) continue;
      trials += 1;
      expect(recall(args, surroundings, later()), `${name}: ${way}`).toBeUndefined();
    }
  }
  expect(trials).toBeGreaterThan(100);
  console.log(`${trials} changes, 0 wrong answers`);
});

test('a distribution that comes, goes or is replaced, and a switched pointer, send the long way', async () => {
  const changes: readonly ((site: string, root: string) => void)[] = [
    (site) => mkdirSync(path.join(site, 'four-4.0.dist-info')),
    (site) => rmSync(path.join(site, 'one-1.0.dist-info'), { recursive: true }),
    (site) => renameSync(path.join(site, 'one-1.0.dist-info'), path.join(site, 'one-1.1.dist-info')),
    (site) => writeFileSync(path.join(site, 'egg.egg-link'), '/x\n'),
    (site) => rmSync(path.join(site, 'one.py')),
    (site) => writeFileSync(path.join(site, 'one-1.0.dist-info', 'direct_url.json'), '{}'),
    ...['PKG-INFO', 'entry_points.txt'].flatMap((name) =>
      ['one-1.0.dist-info', 'three-3.0-py3.11.egg/EGG-INFO'].map(
        (directory) => (site: string) => writeFileSync(path.join(site, directory, name), 'new\n'),
      ),
    ),
    (site) => rmSync(path.join(site, 'two-2.0.dist-info', 'METADATA')),
    (_, root) => mkdirSync(path.join(root, 'staging')),
    (_, root) => mkdirSync(path.join(root, 'work')),
    (_, root) => mkdirSync(path.join(root, 'generations', '4')),
    (_, root) => {
      mkdirSync(path.join(root, 'generations', '4'));
      symlinkSync('generations/4', path.join(root, 'next'));
      renameSync(path.join(root, 'next'), path.join(root, 'current'));
    },
  ];
  for (const [n, change] of changes.entries()) {
    const { environmentDir, args, surroundings, ...rest } = scene();
    await settle({ environmentDir, args, surroundings, ...rest });
    const root = path.join(environmentDir, '.wheelwright');
    change(path.join(root, 'generations', '3', 'lib', 'python3.11', 'site-packages'), root);
    expect(recall(args, surroundings, later()), `change ${n}`).toBeUndefined();
  }
});

test('other words, another directory, any other variable and another terminal are another request', async () => {
  const settled = scene();
  await settle(settled);
  const { args, surroundings, dir, environmentDir } = settled;
  const { variables } = surroundings;
  const requests: readonly [readonly string[], Surroundings][] = [
    [[...args, 'one'], surroundings],
    [[...args, '-U'], surroundings],
    [['install', 'one'], surroundings],
    [['sync', 'requirements.txt'], surroundings],
    [['install', '-r', './requirements.txt'], surroundings],
    [[...args, '-p', environmentDir], surroundings],
    [args, { ...surroundings, workingDir: path.join(dir, '.venv') }],
    [args, { ...surroundings, isTerminal: [true, false] }],
    ...Object.keys(variables).map((name): [readonly string[], Surroundings] => [
      args,
      { ...surroundings, variables: { ...variables, [name]: `${variables[name]} ` } },
    ]),
    ...['PIP_PRE', 'WHEELWRIGHT_STORE', 'UV_INDEX_URL', 'LANG', 'X'].map((name): [readonly string[], Surroundings] => [
      args,
      { ...surroundings, variables: { ...variables, [name]: '1' } },
    ]),
    [args, { ...surroundings, variables: { PATH: '/bin', HOME: dir } }],
  ];
  for (const [words, around] of requests) expect(recall(words, around, later())).toBeUndefined();
  expect(recall(args, surroundings, later())).toBeDefined();
});

test('an answer holds from when it was given until the pages behind it are old, a day at most', async () => {
  const settled = scene();
  const startedAt = Date.now() + 60_000;
  await settle(settled, { startedAt, until: startedAt + 5_000 });
  const at = (ms: number) => recall(settled.args, settled.surroundings, startedAt + ms);
  expect([at(-1), at(0), at(4_999), at(5_000)].map((found) => found !== undefined)).toEqual([false, true, true, false]);
  await settle(settled, { startedAt });
  expect([at(86_399_999), at(86_400_000)].map((found) => found !== undefined)).toEqual([true, false]);
});

test('a command remembers nothing when a file changed while it ran, or just before', async () => {
  const settled = scene();
  expect(await settle(settled, { startedAt: Date.now() })).toBe(false);
  expect(await settle(settled, { startedAt: Date.now() - 60_000 })).toBe(false);
});

test('a command remembers nothing of a request that does more, or whose files were not reported as read', async () => {
  for (const args of [
    ['install', '--dry-run', 'one'],
    ['install', '--report', 'out.json', 'one'],
    ['install', '--check', 'imports', 'one'],
    ['install', '-e', '.'],
    ['install', '--group', 'dev', 'one'],
    ['install', '--exclude-newer', '2026-01-01', 'one'],
    ['install', '-r', 'unread.txt'],
    ['sync'],
    ['sync', 'pylock.toml'],
    ['install', '-p', 'elsewhere', 'one'],
  ])
    expect(await settle({ ...scene(), args }), args.join(' ')).toBe(false);
});

test('a damaged or newer note counts as absent, and the next one replaces it', async () => {
  const settled = scene();
  const note = path.join(settled.environmentDir, '.wheelwright', 'settled.json');
  for (const text of ['', '{', '{"format":2,"requests":{}}', 'null', '{"format":1}']) {
    writeFileSync(note, text);
    expect(recall(settled.args, settled.surroundings, later())).toBeUndefined();
    expect(await settle(settled)).toBe(true);
    expect(recall(settled.args, settled.surroundings, later())).toBeDefined();
  }
});

test('eight requests are remembered, the newest ones', async () => {
  const settled = scene();
  for (let n = 0; n < 10; n++) await settle({ ...settled, args: ['install', `package-${n}`] });
  const found = Array.from({ length: 10 }, (_, n) =>
    recall(['install', `package-${n}`], settled.surroundings, later()),
  );
  expect(found.map((one) => one !== undefined)).toEqual([false, false, ...Array.from({ length: 8 }, () => true)]);
});

// What `ww doctor` proposes is done as it is written: every command in its proposals, in a shell. Then that is mended, and
// what was installed still is. The recipes for an environment that was moved are in moved.python.test.ts.
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';
import { type Place, place } from './sick-environment.ts';

const layouts = ['own', 'shared', 'plain'] as const;

interface Ailment {
  readonly kind: string;
  readonly layouts?: readonly string[];
  readonly does: (at: Place) => unknown;
  /** What the recipe is taken from, where a proposal names several ways. */
  readonly part?: RegExp;
  /** What `ww freeze` lists afterwards (by default what it listed before). */
  readonly holds?: RegExp;
}

const ailments: Readonly<Record<string, Ailment>> = {
  'a file that was edited, and the one in the store with it': {
    kind: 'files-damaged',
    does: ({ site }) => edit(path.join(site(), 'one/__init__.py')),
  },
  'a file of the store that was edited': {
    kind: 'store-damaged',
    layouts: ['own', 'shared'],
    does: ({ site }) => edit(path.join(site(), 'two/__init__.py')),
  },
  'a requirement that is not met': {
    kind: 'unmet-requirement',
    async does({ add, ww, env }) {
      add('one', { version: '2.0', entryPoints: { console_scripts: { one: 'one:main' } } });
      add('needy', { requiresDist: ['one >=2 ; python_version >= "3"'] });
      expect(await ww('install', '-p', env, 'needy', '--no-deps')).toMatchObject({ code: 0 });
    },
    holds: /one==2\.0/,
  },
  'a change that was left unfinished': {
    kind: 'unfinished',
    layouts: ['own', 'shared'],
    does: ({ at }) => mkdirSync(at('.wheelwright/generations/7')),
  },
  'a change whose journal is damaged': {
    kind: 'unfinished',
    layouts: ['plain'],
    does({ at }) {
      mkdirSync(at('.wheelwright/work'), { recursive: true });
      writeFileSync(at('.wheelwright/work/journal'), 'not a journal\n');
    },
  },
  'a package that another tool installed': {
    kind: 'other-installer',
    layouts: ['own', 'plain'],
    does: ({ site }) => writeFileSync(path.join(replaced(site(), 'one-1.0.dist-info'), 'INSTALLER'), 'uv\n'),
  },
  'a link of the environment that is gone': {
    kind: 'environment-damaged',
    does: ({ prefix }) => rmSync(path.join(prefix(), 'bin/python')),
  },
  'every generation gone': {
    kind: 'environment-damaged',
    layouts: ['own', 'shared'],
    does: ({ at }) => rmSync(at('.wheelwright/generations'), { recursive: true }),
    holds: /^$/,
  },
  'the packages gone': {
    kind: 'environment-damaged',
    layouts: ['plain'],
    does: ({ site }) => rmSync(site(), { recursive: true }),
    holds: /^$/,
  },
  'an interpreter that is gone': {
    kind: 'interpreter-gone',
    part: /Make the environment again.*/,
    does({ prefix, at }) {
      const cfg = at('pyvenv.cfg');
      const text = readFileSync(cfg, 'utf8').replace(/^(home|executable) = .*$/gm, '$1 = /nowhere');
      writeFileSync(cfg, text);
      const generations = at('.wheelwright/generations');
      const prefixes = existsSync(generations)
        ? readdirSync(generations).map((one) => path.join(generations, one))
        : [prefix()];
      for (const link of prefixes.map((one) => path.join(one, 'bin/python'))) {
        rmSync(link);
        symlinkSync('/nowhere/python3', link);
      }
    },
  },
};

const cases = Object.entries(ailments).flatMap(([name, ailment]) =>
  (ailment.layouts ?? layouts).map((layout) => [name, layout, ailment] as const),
);

test.each(cases)('%s, in the layout %s', async (_, layout, { kind, does, part, holds }) => {
  const scene = await place(layout);
  await does(scene);
  const before = (await scene.ww('freeze', '-p', scene.env)).stdout;
  const finding = (await scene.findings()).find((one) => one.kind === kind);
  expect(finding?.proposal).toContain('`ww ');
  const { status, stderr } = scene.follow(part?.exec(finding!.proposal)?.[0] ?? finding!.proposal);
  expect({ status, stderr }).toMatchObject({ status: 0 });
  const after = await scene.findings();
  expect(after.filter((one) => one.severity === 'problem' || one.kind === kind)).toEqual([]);
  const { stdout } = await scene.ww('freeze', '-p', scene.env);
  if (holds === undefined) expect(stdout).toBe(before);
  else expect(stdout).toMatch(holds);
  expect(await scene.ww('install', '-p', scene.env, 'one')).toMatchObject({ code: 0 });
  expect(execFileSync(scene.at('bin/one'), { encoding: 'utf8' })).toBe('one\n');
});

test('a store that others may write to is made safe by what its finding says', async () => {
  const { dir, findings, env } = await place('own');
  chmodSync(path.join(dir, 'store'), 0o777);
  const [finding] = await findings();
  expect(finding).toMatchObject({ kind: 'store-unsafe' });
  execFileSync('sh', ['-c', /chmod .*$/.exec(finding!.proposal)![0]], { cwd: dir });
  expect((await findings()).filter(({ severity }) => severity === 'problem')).toEqual([]);
  expect(existsSync(env)).toBe(true);
});

test('without -p the commands are those for the environment at hand', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir);
  await ww('venv');
  mkdirSync(path.join(dir, '.venv/.wheelwright/generations/7'));
  expect((await ww('doctor')).stdout).toContain('Run `ww recover`. `ww repair` and');
});

function edit(file: string): void {
  chmodSync(file, 0o644);
  appendFileSync(file, '# edited\n');
}

/** A directory of the environment as a copy of its own, so that the store's files stay as they are. */
function replaced(site: string, name: string): string {
  const dir = path.join(site, name);
  const copy = path.join(site, 'copy');
  cpSync(dir, copy, { recursive: true });
  rmSync(dir, { recursive: true });
  cpSync(copy, dir, { recursive: true });
  rmSync(copy, { recursive: true });
  chmodSync(path.join(dir, 'INSTALLER'), 0o644);
  return dir;
}

// The same wheel installed by pip into a venv and by us: what lies where, what it says about itself, what runs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { pinnedCommands } from '@wheelwright/testkit/pinned';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const executable = (data: string) => ({ data, mode: 0o755 });
const wheel = {
  name: 'every_scheme',
  requiresDist: ['needed'],
  entryPoints: {
    console_scripts: {
      plain: 'every:main',
      'dotted.name': 'every.sub:Class.run',
      both: 'every:main',
      extra: 'every:main [x]',
    },
    gui_scripts: { window: 'every:main', both: 'every.sub:Class.run' },
  },
  files: {
    'every/__init__.py': 'import sys\ndef main():\n    print("main", sys.argv[1:])\n    return 3\n',
    'every/sub.py': 'class Class:\n    @staticmethod\n    def run():\n        print("run")\n',
    'every.pth': 'import sys; sys.came_by_pth = True\n',
  },
  data: {
    'scripts/body': executable('#!python\nimport sys\nprint("body", sys.argv[1:], __name__)\n'),
    'scripts/window-body': executable('#!pythonw\nprint("window")\n'),
    'scripts/options': executable('#!python -E\nprint("options")\n'),
    'scripts/shell': executable('#!/bin/sh\necho shell "$@"\n'),
    'scripts/other': executable('#!/usr/bin/env python3\nprint("other")\n'),
    'data/share/every/file.txt': 'text',
    'data/etc/every.conf': 'conf',
    'data/lib/every/lib.txt': 'lib',
    'data/top.txt': 'top',
    'headers/every.h': 'h',
    'headers/deep/er.h': 'h',
    'purelib/pure.py': 'x = 1\n',
    'platlib/plat.py': 'x = 2\n',
  },
} as const;
/** What each command says to `a` and `b c`; a status other than 0 comes first. */
const said = {
  plain: "3: main ['a', 'b c']\n",
  'dotted.name': 'run\n',
  both: 'run\n',
  extra: "3: main ['a', 'b c']\n",
  window: "3: main ['a', 'b c']\n",
  body: "body ['a', 'b c'] __main__\n",
  'window-body': 'window\n',
  options: 'options\n',
  shell: 'shell a b c\n',
  other: 'other\n',
};

/** Every file below an environment that a distribution could have brought. */
function view(root: string, dir = ''): string[] {
  const own = /^(?:\.wheelwright|\.gitignore|\.lock|pyvenv\.cfg|lib64)$|\.wheelwright-keep$|_wheelwright|__pycache__/;
  return readdirSync(path.join(root, dir))
    .flatMap((name) => {
      const file = path.join(dir, name);
      if (own.test(file) || /bin\/(?:python|activate)/i.test(file)) return [];
      return statSync(path.join(root, file)).isDirectory() ? view(root, file) : [file];
    })
    .filter((file) => !/\.dist-info\/(?:scripts\/|wheelwright\.json$)/.test(file)) // the bodies of our scripts
    .sort();
}

const places = [
  ['an ordinary path', 'env'],
  ['a path with spaces and quotes', `it's "an" env`],
  ['a path that is too long for a shebang', path.join('x'.repeat(70), 'y'.repeat(70))],
] as const;

test.each(places)(
  'in %s files lie where pip puts them, RECORD and metadata say the same, and everything runs',
  async (_, name) => {
    const dir = temporaryDir();
    const { ww, env } = commandIn(dir);
    writeWheel(dir, { name: 'needed' });
    const file = writeWheel(dir, wheel);
    const [ours, theirs] = [path.join(dir, 'ours', name), path.join(dir, 'theirs', name)];
    for (const parent of [ours, theirs]) mkdirSync(path.dirname(parent), { recursive: true });
    const run = (command: string, ...words: readonly string[]) => {
      try {
        return execFileSync(command, words, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
      } catch (error) {
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
        return `${status}: ${stdout}${stderr}`;
      }
    };
    run('python3', '-m', 'venv', '--without-pip', theirs);
    const python = path.join(theirs, 'bin', 'python');
    const quiet = ['-q', '--disable-pip-version-check', '--python', python];
    const pip = path.join(pinnedCommands('pip'), 'pip');
    expect(run(pip, ...quiet, 'install', '--no-index', '--find-links', dir, file)).toBe('');
    expect(await ww('venv', ours, '-p', 'python3')).toMatchObject({ code: 0 });
    expect(await ww('install', '-p', ours, file, '--find-links', dir)).toMatchObject({ code: 0 });

    expect(view(ours)).toEqual(view(theirs));
    const lib = readdirSync(path.join(theirs, 'lib')).find((entry) => entry.startsWith('python'))!;
    const metadata = (root: string, distribution: string, entry: string) => {
      const at = path.join(root, 'lib', lib, 'site-packages', `${distribution}-1.0.dist-info`);
      return readdirSync(at).includes(entry) ? readFileSync(path.join(at, entry), 'utf8') : undefined;
    };
    expect(metadata(ours, 'every_scheme', 'INSTALLER')).toBe('wheelwright\n');
    for (const distribution of ['every_scheme', 'needed']) {
      for (const entry of ['REQUESTED', 'METADATA', 'WHEEL', 'entry_points.txt'])
        expect(metadata(ours, distribution, entry)).toBe(metadata(theirs, distribution, entry));
      const urls = [ours, theirs].map((root) => JSON.parse(metadata(root, distribution, 'direct_url.json') ?? 'null'));
      expect(urls[0]).toEqual(urls[1]);
    }
    const recorded = (root: string) =>
      new Set(
        (metadata(root, 'every_scheme', 'RECORD') ?? '')
          .split('\n')
          .map((line) => path.posix.normalize(path.posix.join('lib', lib, 'site-packages', line.split(',', 1)[0]!)))
          .filter((entry) => !/__pycache__|\.dist-info\/scripts\/|site-packages\/$/.test(entry)),
      );
    expect([...recorded(ours)].sort()).toEqual([...recorded(theirs)].sort());
    for (const [command, text] of Object.entries(said)) {
      const [mine, other] = [ours, theirs].map((root) => run(path.join(root, 'bin', command), 'a', 'b c'));
      expect(mine, command).toBe(text);
      // pip's Python files of .data/scripts do not start from such paths.
      if (name === 'env') expect(other, command).toBe(text);
    }
    expect(run(path.join(ours, 'bin', 'python'), '-c', 'import sys; print(sys.came_by_pth)')).toBe('True\n');
    expect(await ww('verify', '-p', ours)).toMatchObject({ code: 0 });
  },
);

// Programs, shells, compilers and git that read more than their arguments tell at first sight.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { describe } from 'vitest';
import { commitAll, executable, git, ofFile, ofVariable, output, testAttacks } from './attacks.ts';
import type { World } from './stale-world.ts';

const onPath = (world: World, ...dirs: string[]) => {
  world.variables.PATH = [...dirs.map((dir) => path.join(world.tree, dir)), process.env.PATH].join(':');
};
const shell = (text: string) => output(JSON.stringify(text), ', shell=True');
const compiled = (lines: string) =>
  `open("x.c", "w").write(${JSON.stringify(lines)})\nsubprocess.check_call(["cc", "x.c", "-o", "x"])\n${output('["./x"]')}`;
const preprocessed = (source: string, ...words: string[]) =>
  `open("x.c", "w").write(${JSON.stringify(`${source}\n`)})\n${output(JSON.stringify(['cc', '-E', '-P', ...words, 'x.c']))}`;

describe('a build sees a program that', () => {
  testAttacks([
    {
      what: 'appears on the search path',
      code: 'value = shutil.which("say") is None',
      before: (world) => onPath(world, '../bin'),
      change: (world) => executable(world, '../bin/say', '#!/bin/sh\n'),
    },
    {
      what: 'is on another search path',
      code: 'value = shutil.which("say") is None',
      before: (world) => executable(world, '../bin/say', '#!/bin/sh\n'),
      change: (world) => onPath(world, '../bin'),
    },
    {
      what: 'a command of the shell starts, where another comes earlier',
      code: shell('say'),
      before(world) {
        executable(world, '../bin/say', '#!/bin/sh\necho one\n');
        onPath(world, '../first', '../bin');
      },
      change: (world) => executable(world, '../first/say', '#!/bin/sh\necho two\n'),
    },
    {
      what: 'a script starts in a substitution',
      code: output('["sh", "version.sh"]'),
      before(world) {
        world.write({ 'version.sh': 'set -e\nVERSION=$(say)\necho $VERSION\n' });
        executable(world, '../bin/say', '#!/bin/sh\necho one\n');
        onPath(world, '../bin');
      },
      change: (world) => executable(world, '../bin/say', '#!/bin/sh\n# Another.\necho two\n'),
    },
  ]);
});

describe('a build sees what a script reads', () => {
  const script = (text: string) => ({
    code: output('["sh", "version.sh"]'),
    before: (world: World) => world.write({ 'version.sh': text }),
  });
  testAttacks([
    { what: 'after cd', ...script('cd ../beside\ncat VERSION\n'), ...ofFile },
    { what: 'by a variable of its own', ...script('DIR=../beside\ncat "$DIR/VERSION"\n'), ...ofFile },
    { what: 'by redirection', ...script('read LINE < ../beside/VERSION\necho $LINE\n'), ...ofFile },
    { what: 'in a function', ...script('show() {\n  cat ../beside/VERSION\n}\nshow\n'), ...ofFile },
    { what: 'in a condition', ...script('if [ -f ../beside/VERSION ]; then cat ../beside/VERSION; fi\n'), ...ofFile },
    { what: 'by a pattern', code: shell('cat ../beside/*'), change: (world) => world.write({ '../beside/a': 'two' }) },
    {
      what: 'as a list of names',
      code: shell('ls ../beside | wc -l'),
      change: (world) => world.write({ '../beside/a': '' }),
    },
    {
      what: 'by a test',
      code: shell('test -e ../beside/maybe && echo two || echo one'),
      change: (world) => world.write({ '../beside/maybe': '' }),
    },
    {
      what: 'in another script',
      code: output('["sh", "version.sh"]'),
      before: (world) =>
        world.write({
          'version.sh': '. ../beside/lib.sh\nshow\n',
          '../beside/lib.sh': 'show() { cat ../beside/VERSION; }\n',
        }),
      change: (world) => world.write({ '../beside/lib.sh': 'show() { echo two; }\n' }),
    },
    {
      what: 'of a copied directory',
      code: 'subprocess.check_call(["cp", "-r", "../beside", "copied"])\nvalue = open("copied/VERSION").read()',
      ...ofFile,
    },
    { what: 'by env and grep', code: shell('env | grep ^SHOWN='), ...ofVariable },
    { what: 'by set', code: shell('set | grep ^SHOWN='), ...ofVariable },
    { what: 'by a name that it computes', ...script('cat $(echo ../beside/VERSION)\n'), ...ofFile, unless: /computes/ },
    { what: 'by eval', ...script('eval "cat ../beside/VERSION"\n'), ...ofFile, unless: /evaluates/ },
    {
      what: 'by a Python apart',
      code: shell('unset PYTHONPATH; python3 -c "print(open(\'../beside/VERSION\').read())"'),
      ...ofFile,
      unless: /variables of its own/,
    },
    {
      what: 'by a program of the tree',
      code: compiled('#include <stdlib.h>\n#include <stdio.h>\nint main(void) { puts(getenv("SHOWN")); return 0; }'),
      ...ofVariable,
      unless: /x was started/,
      needs: ['cc'],
    },
    {
      what: 'by perl',
      code: output('["perl", "-e", "print $ENV{SHOWN}"]'),
      ...ofVariable,
      unless: /perl was started/,
      needs: ['perl'],
    },
  ]);
});

describe('a build sees a header', () => {
  const versions = (world: World) => {
    world.write({ '../last/version.h': '#define VERSION one\n', '../first/x': '' });
  };
  testAttacks([
    {
      what: 'that appears in a directory before, by -I',
      code: preprocessed('#include <version.h>\nVERSION', '-I../first', '-I../last'),
      before: versions,
      change: (world) => world.write({ '../first/version.h': '#define VERSION two\n' }),
      needs: ['cc'],
    },
    {
      what: 'that appears in a directory before, by CPATH',
      code: preprocessed('#include <version.h>\nVERSION'),
      before(world) {
        versions(world);
        world.variables.CPATH = ['../first', '../last'].map((dir) => path.join(world.tree, dir)).join(':');
      },
      change: (world) => world.write({ '../first/version.h': '#define VERSION two\n' }),
      needs: ['cc'],
    },
    {
      what: 'that is asked for',
      code: preprocessed('#if __has_include(<version.h>)\ntwo\n#else\none\n#endif', '-I../first'),
      before: (world) => world.write({ '../first/x': '' }),
      change: (world) => world.write({ '../first/version.h': '' }),
      needs: ['cc'],
    },
    {
      what: 'option in a file',
      code: preprocessed('VERSION', '@../beside/options'),
      before: (world) => world.write({ '../beside/options': '-DVERSION=one' }),
      change: (world) => world.write({ '../beside/options': '-DVERSION=two' }),
      needs: ['cc'],
    },
    {
      what: 'library that appears in LIBRARY_PATH',
      code: 'open("x.c", "w").write("int main(void) { return 0; }")\nvalue = subprocess.call(["cc", "x.c", "-lww_added", "-o", "x"], stderr=subprocess.DEVNULL) == 0',
      before: (world) => {
        world.variables.LIBRARY_PATH = path.join(world.tree, '../beside');
      },
      change(world) {
        const cwd = path.join(world.tree, '../beside');
        world.write({ '../beside/x.c': 'int x;' });
        execFileSync('cc', ['-c', 'x.c'], { cwd });
        execFileSync('ar', ['rcs', 'libww_added.a', 'x.o'], { cwd });
      },
      needs: ['cc', 'ar'],
    },
    { what: 'or a source with the date', code: preprocessed('__DATE__'), unless: /__DATE__/, needs: ['cc'] },
  ]);
});

describe('a build sees what git answers', () => {
  testAttacks(
    (
      [
        [
          'of its configuration',
          '["git", "config", "user.nick"]',
          (world, value) => git(world, 'config', 'user.nick', value),
        ],
        [
          'of the configuration of the user',
          '["git", "config", "user.nick"]',
          (world, value) => world.write({ '../../.gitconfig': `[user]\n\tnick = ${value}\n` }),
        ],
        [
          'of attributes',
          '["git", "check-attr", "x", "own.py"]',
          (world, value) => world.write({ '.git/info/attributes': `own.py x=${value}\n` }),
        ],
        ['of a remote', '["git", "remote", "-v"]', (world, value) => git(world, 'config', 'remote.origin.url', value)],
        ['of a note', '["git", "notes", "show"]', (world, value) => git(world, 'notes', 'add', '-f', '-m', value)],
        ['of another branch', '["git", "log", "-1", "--format=%s", "topic"]', (world, value) => branch(world, value)],
        [
          'of a changed file',
          '["git", "describe", "--always", "--dirty"]',
          (world, value) => world.write({ tracked: value }),
        ],
        [
          'of a staged file',
          '["git", "ls-files"]',
          (world, value) => value === 'two' && git(world, 'add', 'untracked'),
        ],
        [
          'of an untracked file',
          '["git", "status", "--porcelain"]',
          (world, value) => world.write({ [`untracked-${value}`]: '' }),
        ],
        [
          'of ignored files',
          '["git", "status", "--porcelain", "--ignored"]',
          (world, value) => world.write({ '.git/info/exclude': value === 'two' ? 'untracked\n' : '' }),
        ],
      ] as readonly [string, string, (world: World, value: string) => unknown][]
    ).map(([what, words, set]) => ({
      what,
      code: output(words),
      before(world: World) {
        world.write({ tracked: 'one' });
        commitAll(world);
        world.write({ untracked: '' });
        set(world, 'one');
      },
      change: (world: World) => void set(world, 'two'),
      needs: ['git'],
    })),
  );
});

function branch(world: World, value: string): void {
  git(world, 'commit', '-q', '--allow-empty', '-m', value);
  git(world, 'branch', '-f', 'topic');
  git(world, 'reset', '-q', '--hard', 'HEAD~1');
}

// Attacks on the cache: a build that uses something in a way of its own, and a change of what it used. Either the next
// build states the change, or the first one was not kept and the event says why. Nothing stale is ever given back.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { World } from './stale-world.ts';

interface Attack {
  readonly what: string;
  /** Lines of Python that set `value`. */
  readonly code: string;
  readonly before?: (world: World) => void;
  /** Makes the value `two`, which is `one` before. */
  readonly change?: (world: World) => void;
  /** Programs that it needs. */
  readonly needs?: readonly string[];
}

const version = (world: World) => world.write({ '../beside/VERSION': 'two' });
const shown = {
  before: (world: World) => {
    world.variables.SHOWN = 'one';
  },
  change: (world: World) => {
    world.variables.SHOWN = 'two';
  },
};
const output = (words: string, more = '') => `value = subprocess.check_output(${words}${more}).decode()`;

const seen: readonly Attack[] = [
  { what: 'a variable by os.environb', code: 'value = os.environb[b"SHOWN"].decode()', ...shown },
  { what: 'a variable by os.path.expandvars', code: 'value = os.path.expandvars("$SHOWN")', ...shown },
  {
    what: 'a variable that another Python reads',
    code: output('[sys.executable, "-c", "import os; print(os.environ[\'SHOWN\'])"]'),
    ...shown,
  },
  {
    what: 'a variable that is passed on under another name',
    code: output(
      '[sys.executable, "-c", "import os; print(os.environ[\'OTHER\'])"]',
      ', env=dict(os.environ, OTHER=os.environ["SHOWN"])',
    ),
    ...shown,
  },
  { what: 'a variable that a shell expands', code: output('"echo $SHOWN"', ', shell=True'), ...shown },
  { what: 'a variable that printenv prints', code: output('["printenv", "SHOWN"]'), ...shown },
  {
    what: 'a variable that a script of the tree expands',
    code: output('["sh", "scripts/version.sh"]'),
    before(world) {
      world.write({ 'scripts/version.sh': 'echo "$SHOWN"\n' });
      world.variables.SHOWN = 'one';
    },
    change: shown.change,
  },
  {
    what: 'a file that another Python reads',
    code: output('[sys.executable, "-c", "print(open(\'../beside/VERSION\').read())"]'),
    change: version,
  },
  {
    what: 'a file that the Python of another Python reads',
    code: output('[sys.executable, "scripts/outer.py"]'),
    before: (world) =>
      world.write({
        'scripts/outer.py': 'import subprocess, sys\nsubprocess.check_call([sys.executable, "scripts/inner.py"])\n',
        'scripts/inner.py': 'print(open("../beside/VERSION").read())\n',
      }),
    change: version,
  },
  {
    what: 'a file that a forked process reads and that ends without its clean-up',
    code: `read, write = os.pipe()
if os.fork() == 0:
    os.write(write, open("../beside/VERSION", "rb").read())
    os._exit(0)
os.wait()
value = os.read(read, 100).decode()`,
    change: version,
  },
  { what: 'a file that cat reads', code: output('["cat", "../beside/VERSION"]'), change: version },
  {
    what: 'a file that a command of the shell reads',
    code: 'os.system("cat ../beside/VERSION > copied")\nvalue = open("copied").read()',
    change: version,
  },
  {
    what: 'a file that a program reads from another directory',
    code: output('["cat", "VERSION"]', ', cwd="../beside"'),
    change: version,
  },
  {
    what: 'a file that an executable script of the tree reads',
    code: output('["./version.sh"]'),
    before(world) {
      world.write({ 'version.sh': '#!/bin/sh\ncat ../beside/VERSION\n' });
      chmodSync(path.join(world.tree, 'version.sh'), 0o755);
    },
    change: version,
  },
  {
    what: 'a file that a makefile names',
    code: output('["make", "-s", "version"]'),
    before: (world) => world.write({ Makefile: 'version:\n\t@cat ../beside/VERSION\n' }),
    change: version,
    needs: ['make'],
  },
  {
    what: 'a file by a link that the build makes',
    code: 'os.symlink("../beside", "linked")\nvalue = open("linked/VERSION").read()',
    change: version,
  },
  {
    what: 'a file by a link that the tree holds',
    code: 'value = open("linked/VERSION").read()',
    before: (world) => execFileSync('ln', ['-s', '../beside', path.join(world.tree, 'linked')]),
    change: version,
  },
  {
    what: 'a file that is copied first',
    code: 'shutil.copytree("../beside", "copied")\nvalue = open("copied/VERSION").read()',
    change: version,
  },
  {
    what: 'a file from a directory that is gone into',
    code: 'os.chdir("../beside")\nvalue = open("VERSION").read()',
    change: version,
  },
  {
    what: 'whether a file is there',
    code: 'value = "two" if os.access("../beside/maybe", os.R_OK) else "one"',
    change: (world) => world.write({ '../beside/maybe': '' }),
  },
  {
    what: 'the names in a directory',
    code: 'value = "two" if len(os.listdir("../beside")) > 1 else "one"',
    change: (world) => world.write({ '../beside/more': '' }),
  },
  {
    what: 'a program of the search path',
    code: output('["say"]'),
    before(world) {
      world.write({ '../bin/say': '#!/bin/sh\necho one\n' });
      chmodSync(path.join(world.tree, '../bin/say'), 0o755);
      world.variables.PATH = `${path.join(world.tree, '../bin')}:${process.env.PATH}`;
    },
    change: (world) => world.write({ '../bin/say': '#!/bin/sh\n# Another.\necho two\n' }),
  },
  {
    what: 'a program that comes earlier on the search path',
    code: output('["say"]'),
    before(world) {
      world.write({ '../bin/say': '#!/bin/sh\necho one\n' });
      chmodSync(path.join(world.tree, '../bin/say'), 0o755);
      world.variables.PATH = `${world.tree}/../first:${world.tree}/../bin:${process.env.PATH}`;
    },
    change(world) {
      world.write({ '../first/say': '#!/bin/sh\necho two\n' });
      chmodSync(path.join(world.tree, '../first/say'), 0o755);
    },
  },
  {
    what: 'a header by -isystem',
    code: `open("x.c", "w").write("#include <version.h>\\nVERSION\\n")
${output('["cc", "-E", "-P", "-isystem", os.path.abspath("../beside/include"), "x.c"]')}`,
    before: (world) => world.write({ '../beside/include/version.h': '#define VERSION one\n' }),
    change: (world) => world.write({ '../beside/include/version.h': '#define VERSION two\n' }),
    needs: ['cc'],
  },
  {
    what: 'a header of a header, found by a variable',
    code: `open("x.c", "w").write("#include <outer.h>\\nVERSION\\n")\n${output('["cc", "-E", "-P", "x.c"]')}`,
    before(world) {
      world.write({ '../beside/a/outer.h': '#include <inner.h>\n', '../beside/a/inner.h': '#define VERSION one\n' });
      world.variables.CPATH = path.join(world.tree, '../beside/a');
    },
    change: (world) => world.write({ '../beside/a/inner.h': '#define VERSION two\n' }),
    needs: ['cc'],
  },
  {
    what: 'a static library',
    code: `open("x.c", "w").write("int puts(const char *); const char *version(void); int main(void) { puts(version()); return 0; }")
subprocess.check_call(["cc", "x.c", "-L../beside", "-lversion", "-o", "x"])
value = "two" if b"two" in open("x", "rb").read() else "one"`,
    before: (world) => library(world, 'one'),
    change: (world) => library(world, 'two'),
    needs: ['cc', 'ar'],
  },
  {
    what: 'a package file of pkg-config and one that it requires',
    code: output('["pkg-config", "--variable=version_of_it", "outer"]'),
    before(world) {
      packageFiles(world, 'one');
      world.variables.PKG_CONFIG_PATH = path.join(world.tree, '../beside');
    },
    change: (world) => packageFiles(world, 'two'),
    needs: ['pkg-config'],
  },
  {
    what: 'the locale',
    code: output(
      "[sys.executable, \"-c\", \"import os; print(os.environ.get('NONE', '') or os.popen('echo $LC_ALL').read())\"]",
    ),
    before(world) {
      world.variables.LC_ALL = 'one';
    },
    change(world) {
      world.variables.LC_ALL = 'two';
    },
  },
  {
    what: 'a tag of the repository',
    code: output('["git", "describe", "--tags"]'),
    before(world) {
      git(world, 'init', '-q');
      git(world, 'add', '-A');
      git(world, 'commit', '-q', '-m', 'first');
      git(world, 'tag', 'one');
    },
    change(world) {
      git(world, 'tag', '-d', 'one');
      git(world, 'tag', 'two');
    },
    needs: ['git'],
  },
  {
    what: 'a commit by the files of the repository',
    code: 'value = open(".git/HEAD").read().strip().rpartition("/")[2]',
    before(world) {
      git(world, 'init', '-q', '-b', 'one');
      git(world, 'add', '-A');
      git(world, 'commit', '-q', '-m', 'first');
    },
    change: (world) => git(world, 'switch', '-q', '-c', 'two'),
    needs: ['git'],
  },
];

function git(world: World, ...words: string[]): void {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.com'];
  execFileSync('git', [...identity, ...words], { cwd: world.tree, stdio: 'pipe' });
}

function library(world: World, text: string): void {
  world.write({ '../beside/version.c': `const char *version(void) { return "${text}"; }\n` });
  const cwd = path.join(world.tree, '../beside');
  execFileSync('cc', ['-c', 'version.c'], { cwd });
  rmSync(path.join(cwd, 'libversion.a'), { force: true });
  execFileSync('ar', ['rcs', 'libversion.a', 'version.o'], { cwd });
}

function packageFiles(world: World, text: string): void {
  const head = (name: string) => `Name: ${name}\nDescription: A package.\nVersion: 1\n`;
  world.write({
    '../beside/outer.pc': `version_of_it=${text}\n${head('outer')}Requires: inner >= 1\n`,
    '../beside/inner.pc': head('inner'),
  });
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

for (const { what, code, before, change, needs = [] } of seen) {
  const missing = needs.filter((program) => !isThere(program));
  const title = missing.length === 0 ? what : `${what} (skipped: no ${missing.join()} on this machine)`;
  test.skipIf(missing.length > 0)(`A build depends on ${title}.`, async () => {
    const world = new World(code);
    before?.(world);
    expect(await world.build()).toEqual({ value: 'one', reused: false });
    expect(world.whyNotKept).toBe(undefined);
    expect(await world.build()).toEqual({ value: 'one', reused: true });
    change?.(world);
    expect(await world.build()).toEqual({ value: 'two', reused: false });
  });
}

const unobservable: [what: string, code: string, why: RegExp, files?: Record<string, string>][] = [
  ['a Python apart from all variables', output('[sys.executable, "-I", "-c", "print(1)"]'), /\(-I\)/],
  [
    'a Python with variables of its own',
    output('[sys.executable, "-c", "print(1)"]', ', env={}'),
    /variables of its own/,
  ],
  [
    'a compiler with variables of its own',
    output('["cc", "--version"]', ', env={"PATH": os.environ["PATH"]}'),
    /cc was started with variables/,
  ],
  ['the time', 'import datetime\nvalue = datetime.datetime.now()', /own\.py calls now\(\)/],
  [
    'the time in another Python',
    output('[sys.executable, "now.py"]'),
    /now\.py calls today\(\)/,
    { 'now.py': 'import datetime\nprint(datetime.date.today())\n' },
  ],
  ['the time by a command', output('"date +%s"', ', shell=True'), /date was started/],
  [
    'the time in a script',
    output('["sh", "now.sh"]'),
    /date was started/,
    { 'now.sh': 'VERSION=$(date +%Y)\necho $VERSION\n' },
  ],
  ['chance', 'import uuid\nvalue = uuid.uuid4()', /calls uuid4\(\)/],
  ['the name of the machine', 'import socket\nvalue = socket.gethostname()', /gethostname|name of the machine/],
  ['the network by a program', output('"curl --version || true"', ', shell=True'), /uses the network/],
];

test.each(unobservable)(
  'A build that uses %s is not kept, and the event says why.',
  async (_what, code, why, files = {}) => {
    const world = new World(code);
    world.write(files);
    await world.build();
    expect(world.whyNotKept).toMatch(why);
    expect(await world.build()).toMatchObject({ reused: false });
  },
);

test('The mask of the caller reaches no artifact, so a build under another mask is given back.', async () => {
  const world = new World('open("made", "w").close()\nvalue = "%o" % (os.stat("made").st_mode & 0o777)');
  const before = process.umask(0o077);
  try {
    expect(await world.build()).toEqual({ value: '644', reused: false });
    process.umask(0o002);
    expect(await world.build()).toEqual({ value: '644', reused: true });
  } finally {
    process.umask(before);
  }
});

test('files that a hook makes in its own directories are not inputs', async () => {
  const world = new World(`import tempfile
with tempfile.TemporaryDirectory() as made:
    open(os.path.join(made, "x"), "w").write("one")
    ${output(`[sys.executable, "-c", "import sys; print(open(sys.argv[1]).read())", os.path.join(made, "x")]`)}`);
  expect(await world.build()).toEqual({ value: 'one', reused: false });
  expect(await world.build()).toEqual({ value: 'one', reused: true });
  expect(existsSync(path.join(world.tree, '__pycache__'))).toBe(false);
});

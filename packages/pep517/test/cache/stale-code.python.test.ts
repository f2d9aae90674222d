// Python code that reads variables, files and the time in unusual ways.
import { execFileSync } from 'node:child_process';
import { chmodSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe } from 'vitest';
import { link, ofFile, ofVariable, testAttacks } from './attacks.ts';

const excluding = (world: { write(files: Record<string, string>): void }) =>
  world.write({
    'left/x': 'one',
    'pyproject.toml':
      '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n[tool.wheelwright.build]\nexclude = ["/left/"]\n',
  });

describe('a build sees a variable that code reads', () => {
  testAttacks([
    { what: 'from posix.environ', code: 'import posix\nvalue = posix.environ[b"SHOWN"].decode()', ...ofVariable },
    { what: 'from the mapping below os.environ', code: 'value = os.environ._data[b"SHOWN"].decode()', ...ofVariable },
    {
      what: 'from the text of os.environ',
      code: `value = "two" if "'two'" in repr(os.environ) else "one"`,
      ...ofVariable,
    },
    {
      what: 'by the number of variables',
      code: 'value = len(os.environ)',
      change: (world) => {
        world.variables.MORE = 'two';
      },
    },
    {
      what: 'by its presence',
      code: 'value = "SHOWN" in os.environ',
      change: (world) => {
        world.variables.SHOWN = '';
      },
    },
    { what: 'by unpacking', code: 'value = (lambda SHOWN="", **rest: SHOWN)(**os.environ)', ...ofVariable },
    { what: 'by taking it out', code: 'value = os.environ.pop("SHOWN")', ...ofVariable },
    ...[
      '[v for k, v in COPY.items() if k == "SHOWN"][0]',
      'COPY.pop("SHOWN")',
      '"two" in COPY.values()',
      'dict(COPY)["SHOWN"]',
    ]
      .concat(['{**COPY}["SHOWN"]', 'repr(COPY)[repr(COPY).index("SHOWN"):][:13]'])
      .map((code) => ({
        what: `from a copy: ${code}`,
        code: `value = ${code.replaceAll('COPY', 'os.environ.copy()')}`,
        ...ofVariable,
      })),
    {
      what: 'by the C library',
      code: 'read = ctypes.CDLL(None).getenv\nread.restype = ctypes.c_char_p\nvalue = read(b"SHOWN").decode()',
      unless: /ctypes called getenv/,
      ...ofVariable,
    },
    {
      what: 'from /proc',
      code: 'value = b"=two" in open("/proc/self/environ", "rb").read()',
      unless: /\/proc\//,
      ...ofVariable,
    },
  ]);
});

describe('a build sees a file that code reads', () => {
  testAttacks([
    {
      what: 'by mmap',
      code: 'import mmap\nfd = os.open("../beside/VERSION", os.O_RDONLY)\nvalue = mmap.mmap(fd, 3, prot=mmap.PROT_READ)[:3].decode()',
      ...ofFile,
    },
    {
      what: 'below an open directory',
      code: 'there = os.open("../beside", os.O_RDONLY)\nvalue = os.read(os.open("VERSION", os.O_RDONLY, dir_fd=there), 9).decode()',
      ...ofFile,
    },
    {
      what: 'after fchdir',
      code: 'os.fchdir(os.open("../beside", os.O_RDONLY))\nvalue = open("VERSION").read()',
      ...ofFile,
    },
    { what: 'that is open for writing too', code: 'value = open("../beside/VERSION", "r+").read()', ...ofFile },
    {
      what: 'by the C library',
      code: 'ctypes.CDLL(None).system(b"cat ../beside/VERSION > copied")\nvalue = open("copied").read()',
      unless: /ctypes called system/,
      ...ofFile,
    },
    {
      what: 'by its status below an open directory',
      code: 'there = os.open("../beside", os.O_RDONLY)\ntry:\n    os.stat("maybe", dir_fd=there)\n    value = "two"\nexcept OSError:\n    value = "one"',
      change: (world) => world.write({ '../beside/maybe': '' }),
    },
    {
      what: 'by the names in an open directory',
      code: 'value = len(os.listdir(os.open("../beside", os.O_RDONLY)))',
      change: (world) => world.write({ '../beside/more': '' }),
    },
    {
      what: 'by a pattern for all levels',
      code: 'import glob\nvalue = len(glob.glob("../beside/**/*.txt", recursive=True))',
      before: (world) => world.write({ '../beside/a/b/x': '' }),
      change: (world) => world.write({ '../beside/a/b/y.txt': '' }),
    },
    {
      what: 'that replaces a file by a directory',
      code: 'value = [entry.is_dir() for entry in os.scandir("../beside")]',
      change(world) {
        rmSync(path.join(world.tree, '../beside/VERSION'));
        world.write({ '../beside/VERSION/x': '' });
      },
    },
    ...['os.path.islink("../beside/at")', 'os.readlink("../beside/at")', 'os.path.realpath("../beside/at")'].map(
      (code) => ({
        what: `as a link: ${code}`,
        code: `value = ${code}`,
        before: (world: Parameters<typeof link>[0]) => link(world, '../beside/at', 'VERSION'),
        change(world: Parameters<typeof link>[0]) {
          if (code.includes('islink')) {
            rmSync(path.join(world.tree, '../beside/at'));
            world.write({ '../beside/at': 'one' });
          } else link(world, '../beside/at', 'other');
        },
      }),
    ),
    ...[
      'os.stat("../beside/VERSION").st_mode',
      'os.access("../beside/VERSION", os.X_OK) and os.stat("../beside/VERSION").st_mode',
    ].map((code) => ({
      what: `by its mode: ${code.slice(0, 12)}`,
      code: `value = ${code}`,
      change: (world: Parameters<typeof link>[0]) => chmodSync(path.join(world.tree, '../beside/VERSION'), 0o751),
    })),
    {
      what: 'in a home directory that is another',
      code: 'import pathlib\nfile = pathlib.Path.home() / ".x.cfg"\nvalue = file.read_text() if file.exists() else "one"',
      change(world) {
        world.write({ '../../other/.x.cfg': 'two' });
        world.variables.HOME = path.join(world.dir, 'other');
      },
    },
    {
      what: 'of a module beside the tree that comes earlier',
      code: 'sys.path[0:0] = ["../first", "../beside"]\nimport found\nvalue = found.value',
      before: (world) => world.write({ '../first/x': '', '../beside/found.py': 'value = "one"\n' }),
      change: (world) => world.write({ '../first/found.py': 'value = "two"\n' }),
    },
    {
      what: 'behind a link in a linked directory',
      code: 'value = open("linked/at").read()',
      before(world) {
        world.write({ '../third/file': 'one', '../beside/below/x': '' });
        link(world, 'linked', '../beside/below');
        link(world, '../beside/below/at', '../../third/file');
      },
      change: (world) => world.write({ '../third/file': 'two' }),
    },
    {
      what: 'that the snapshot leaves out, by its own path',
      code: 'value = open(os.environ["ORIGINAL"] + "/left/x").read()',
      before(world) {
        world.variables.ORIGINAL = world.tree;
        excluding(world);
      },
      change: (world) => world.write({ 'left/x': 'two' }),
    },
    {
      what: 'in a database',
      code: 'import sqlite3\nvalue = sqlite3.connect("../beside/data").execute("select v from t").fetchone()[0]',
      before: (world) => database(path.join(world.tree, '../beside/data'), 'one'),
      change: (world) => database(path.join(world.tree, '../beside/data'), 'two'),
    },
  ]);
});

function database(file: string, value: string): void {
  rmSync(file, { force: true });
  const lines = `c = sqlite3.connect(sys.argv[1]); c.execute("create table t(v)"); c.execute("insert into t values(?)", [sys.argv[2]]); c.commit()`;
  execFileSync('python3', ['-c', `import sqlite3, sys; ${lines}`, file, value]);
}

describe('a build is not kept if its own code uses', () => {
  const asking: readonly (readonly [string, RegExp])[] = [
    ['import time\nvalue = time.time()', /calls time\(\)/],
    ['import time\nvalue = time.time_ns()', /calls time_ns\(\)/],
    ['from time import gmtime as now\nvalue = now()', /calls gmtime\(\)/],
    ['import random\nvalue = random.random()', /calls random\(\)/],
    ['value = os.getpid()', /calls getpid\(\)/],
    ['value = os.statvfs(".").f_bavail', /calls statvfs\(\)/],
    ['import platform\nvalue = platform.node()', /calls node\(\)/],
    ['value = os.uname().nodename', /calls nodename\(\)/],
    ['import socket\nsocket.socket(type=socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", 9))\nvalue = 1', /network/],
  ];
  testAttacks(
    asking.map(([code, unless]) => ({ what: code.replace(/[\s\S]*value = /, '').slice(0, 40), code, unless })),
  );
});

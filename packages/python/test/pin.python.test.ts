// What an interpreter of an environment sees: itself in the environment, its packages in one generation, and no switch
// that happens after its start.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startProcess } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import type { Interpreter } from '../src/index.ts';
import {
  askIn,
  type GenerationFiles,
  type Layout,
  makeEnvironment as makeWithLayout,
  plainVariables,
  realSitePackages,
  runIn,
  switchTo,
} from './generations.ts';
import { everyInterpreter } from './interpreters.ts';

const layouts: readonly Layout[] = ['own', 'shared'];
const interpreters = (await everyInterpreter()).flatMap((interpreter) =>
  layouts.map((layout) => [interpreter.versionText, layout, interpreter] as const),
);
const versions = (number: number) => ({ 'one.py': `version = ${number}\n`, 'two.py': `version = ${number}\n` });

// A `.pth` line that makes another generation the current one, in the middle of a start.
const flipLine = (dir: string, to: number) =>
  `import os; os.path.lexists(${JSON.stringify(`${dir}.flipped`)}) or (os.symlink("generations/${to}", ${JSON.stringify(`${dir}.flipped`)}), ` +
  `os.symlink("generations/${to}", ${JSON.stringify(`${dir}/.wheelwright/next`)}), ` +
  `os.replace(${JSON.stringify(`${dir}/.wheelwright/next`)}, ${JSON.stringify(`${dir}/.wheelwright/current`)}))\n`;

describe.each(interpreters)('Python %s, layout %s', (_version, layout, interpreter) => {
  const makeEnvironment = (dir: string, python: Interpreter, generations: readonly GenerationFiles[]) =>
    makeWithLayout(dir, python, generations, layout);

  test('the environment is the prefix and sys.path holds the real generation', async () => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{ files: versions(1) }]);
    const seen = askIn<{ prefix: string; path: string[]; site: string[]; purelib: string; file: string }>(
      dir,
      'import json, site, sys, sysconfig, one; print(json.dumps(dict(prefix=sys.prefix, path=sys.path, ' +
        'site=site.getsitepackages(), purelib=sysconfig.get_path("purelib"), file=one.__file__)))',
    );
    const real = realSitePackages(dir, 1, interpreter);
    expect(seen.prefix).toBe(dir);
    expect(seen.path.filter((entry) => entry.includes('site-packages'))).toEqual([real]);
    expect(seen.site[0]).toBe(path.join(dir, interpreter.purelib));
    expect(seen.purelib).toBe(path.join(dir, interpreter.purelib));
    expect(seen.file).toBe(path.join(real, 'one.py'));
  });

  test.each([
    ['install', false],
    ['uninstall', false],
    ['list', true],
  ])('pip that is to %s is pinned: %j', async (command, pinned) => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{ files: versions(1) }]);
    const pip = path.join(path.dirname(dir), 'pip');
    writeFileSync(pip, 'import one; print(one.__file__)\n');
    const { stdout } = spawnSync(path.join(dir, 'bin', 'python'), [pip, '-q', command, 'x'], {
      encoding: 'utf8',
      env: plainVariables(),
    });
    const site = pinned ? realSitePackages(dir, 1, interpreter) : path.join(dir, interpreter.purelib);
    expect(stdout.trim()).toBe(path.join(site, 'one.py'));
  });

  test.each([[['-I']], [['-E']], [['-s']], [['-B', '-O']]])('so it is with %j', async (words) => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{ files: versions(1) }]);
    expect(runIn(dir, 'import one; print(one.__file__)', words)).toBe(
      path.join(realSitePackages(dir, 1, interpreter), 'one.py'),
    );
  });

  test('a switch between two imports is not seen by the one that runs, and by the next one it is', async () => {
    const dir = path.join(temporaryDir(), 'env');
    const info = (number: number) => ({
      [`pkg-${number}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: pkg\nVersion: ${number}\n`,
    });
    await makeEnvironment(dir, interpreter, [
      { files: { ...versions(1), ...info(1) } },
      { files: { ...versions(2), ...info(2) } },
    ]);
    const code = `
import one, sys
print(one.version, flush=True)
sys.stdin.readline()
import two
try:
    from importlib.metadata import version
except ImportError:
    version = lambda name: "1"
print(two.version, version("pkg"), flush=True)
`;
    const reader = startProcess(path.join(dir, 'bin', 'python'), ['-c', code]);
    await reader.hear('1');
    switchTo(dir, 2);
    reader.tell('go');
    await reader.hear('1 1');
    expect((await reader.exited).code).toBe(0);
    expect(runIn(dir, 'import one, two; print(one.version, two.version)')).toBe('2 2');
  });

  test('a switch in the middle of the start gives one generation or the other', async () => {
    for (const flipName of ['00_before.pth', '00_x_after.pth', 'zz_last.pth']) {
      const root = temporaryDir();
      const dir = path.join(root, 'env');
      const source = (number: number) => {
        const src = path.join(root, `src${number}`);
        mkdirSync(src);
        writeFileSync(path.join(src, 'edited.py'), `version = ${number}\n`);
        return { '__editable__.edited.pth': `${src}\n` };
      };
      await makeEnvironment(dir, interpreter, [
        { files: { ...versions(1), ...source(1), [flipName]: flipLine(dir, 2) } },
        { files: { ...versions(2), ...source(2), [flipName]: flipLine(dir, 2) } },
      ]);
      const [one, two, edited] = runIn(
        dir,
        'import one, two, edited; print(one.version, two.version, edited.version)',
      ).split(' ');
      expect({ flipName, one, two, edited }).toEqual({ flipName, one, two: one, edited: one });
      expect(readlinkSync(path.join(dir, '.wheelwright', 'current'))).toBe('generations/2');
    }
  });

  test('editables work: paths, finders, and what their own directories bring', async () => {
    const root = temporaryDir();
    const dir = path.join(root, 'env');
    mkdirSync(path.join(root, 'src'));
    writeFileSync(path.join(root, 'src', 'by_path.py'), '');
    const finder = `
import sys
runs = []
class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None
def install():
    runs.append(1)
    if Finder not in sys.meta_path:
        sys.meta_path.append(Finder)
`;
    await makeEnvironment(dir, interpreter, [
      {
        files: {
          '__editable__.by_path.pth': `${root}/src\n`,
          '__editable__.by_finder.pth': 'import __editable___finder; __editable___finder.install()\n',
          '__editable___finder.py': finder,
        },
      },
    ]);
    const code =
      'import json, sys, by_path, __editable___finder as f; ' +
      'print(json.dumps([sys.meta_path.count(f.Finder), f.__file__, by_path.__file__]))';
    expect(askIn(dir, code)).toEqual([
      1,
      path.join(realSitePackages(dir, 1, interpreter), '__editable___finder.py'),
      path.join(root, 'src', 'by_path.py'),
    ]);
  });

  test('the generation is kept open, and without standard streams none of their numbers is taken', async () => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{}]);
    const generation = path.join(dir, '.wheelwright/generations/1');
    const code = `
import os
for fd in sorted(os.listdir("/proc/self/fd"), key=int):
    try:
        print(fd, os.readlink("/proc/self/fd/" + fd), os.get_inheritable(int(fd)))
    except OSError:
        pass
`;
    const held = runIn(dir, code)
      .split('\n')
      .filter((line) => line.includes(generation));
    expect(held).toHaveLength(1);
    expect(held[0]).toMatch(/^([3-9]|\d\d) .* False$/);
    const out = path.join(dir, 'out');
    const sh = startProcess('/bin/sh', [
      '-c',
      '"$0" -c "$1" "$2" <&- >&- 2>&-',
      path.join(dir, 'bin', 'python'),
      `
import os, sys
links = []
for fd in range(3):
    try:
        links.append(os.readlink("/proc/self/fd/%d" % fd))
    except OSError:
        links.append("closed")
open(sys.argv[1], "w").write(repr(links))
`,
      out,
    ]);
    expect((await sh.exited).code).toBe(0);
    expect(readdirSync(dir)).toContain('out');
    expect(runIn(dir, `print(open(${JSON.stringify(out)}).read())`)).not.toContain('.wheelwright');
  });

  test('lines that run twice add nothing twice', async () => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{ files: { 'count.pth': 'import counted\n', 'counted.py': '' } }]);
    const again =
      'import _wheelwright_pin as p, sys; before = list(sys.path); p.pin(); p.pin(); print(before == sys.path)';
    expect(runIn(dir, again)).toBe('True');
  });

  test('lib64 and a PYTHONPATH through the link lead to the same generation, once', async () => {
    const dir = path.join(temporaryDir(), 'env');
    await makeEnvironment(dir, interpreter, [{ files: versions(1) }]);
    const code = `import json, site, sys; site.addsitedir(${JSON.stringify(path.join(dir, 'lib64', interpreter.libDirName, 'site-packages'))}); print(json.dumps([p for p in sys.path if "site-packages" in p]))`;
    expect(askIn(dir, code)).toEqual([realSitePackages(dir, 1, interpreter)]);
    const onPath = startProcess(
      path.join(dir, 'bin', 'python'),
      ['-c', 'import sys; print([p for p in sys.path if "site-packages" in p])'],
      {
        environment: {
          ...(plainVariables() as Record<string, string>),
          PYTHONPATH: path.join(dir, interpreter.purelib),
        },
      },
    );
    expect(await onPath.hear()).toBe(`['${realSitePackages(dir, 1, interpreter)}']`);
  });

  test('an environment reached through a link is pinned as well', async () => {
    const root = temporaryDir();
    const dir = path.join(root, 'env');
    await makeEnvironment(dir, interpreter, [{ files: versions(1) }, { files: versions(2) }]);
    symlinkSync('env', path.join(root, 'link'));
    const code = `import os, one; os.unlink(${JSON.stringify(`${dir}/.wheelwright/current`)}); os.symlink("generations/2", ${JSON.stringify(`${dir}/.wheelwright/current`)}); import two; print(one.version, two.version)`;
    expect(runIn(path.join(root, 'link'), code)).toBe('1 1');
  });
});

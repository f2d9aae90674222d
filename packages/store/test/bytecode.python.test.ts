import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { type BytecodeInterpreter, compileSources } from '../src/fill/add-bytecode.ts';
import { openStore } from '../src/open-store.ts';

let interpreter: BytecodeInterpreter;

beforeAll(() => {
  const facts =
    'import sys, importlib.util as u; print(sys.executable, sys.implementation.cache_tag, u.MAGIC_NUMBER.hex())';
  const [executable = '', cacheTag = '', magic = ''] = execFileSync('python3', ['-c', facts], { encoding: 'utf8' })
    .trim()
    .split(' ');
  interpreter = { executable, cacheTag, magic };
});

async function freshStore() {
  const store = await openStore(path.join(temporaryDir(), 'store'));
  onTestFinished(() => store.close());
  return store;
}

const files = {
  'demo/__init__.py': 'import sys\ndef where():\n    return sys._getframe().f_code.co_filename\n',
  'demo/old.py': 'print "two"\n',
  'demo/data.txt': 'x',
  'top.py': 'y = 2\n',
};

it('compiles modules of the site directory, and omits those that do not compile', async () => {
  const store = await freshStore();
  const data = { 'purelib/extra/mod.py': 'z = 3\n', 'scripts/tool.py': '#!python\n', 'data/share/x.py': '' };
  const wheel = await store.addWheel(writeWheel(temporaryDir(), { name: 'demo', files, data }));
  const bytecode = await store.addBytecode(wheel, interpreter);
  const pyc = (name: string) => `${name}.${interpreter.cacheTag}.pyc`;
  expect([...bytecode!.files].sort()).toEqual([
    `__pycache__/${pyc('top')}`,
    `demo/__pycache__/${pyc('__init__')}`,
    `extra/__pycache__/${pyc('mod')}`,
  ]);
  expect(bytecode!.manifest.directories).toEqual([
    '__pycache__',
    'demo',
    'demo/__pycache__',
    'extra',
    'extra/__pycache__',
  ]);
  expect(statSync(path.join(bytecode!.treeDir, bytecode!.files[0]!)).mode & 0o777).toBe(0o444);
  expect((await store.addBytecode(wheel, interpreter))?.treeDir).toBe(bytecode!.treeDir);
});

it('makes byte-code that Python uses unchecked and that names the place it was imported from', async () => {
  const store = await freshStore();
  const wheel = await store.addWheel(writeWheel(temporaryDir(), { name: 'demo', files }));
  const bytecode = await store.addBytecode(wheel, interpreter);
  const site = temporaryDir();
  cpSync(wheel.treeDir, site, { recursive: true });
  cpSync(bytecode!.treeDir, site, { recursive: true });
  const run = (code: string) =>
    execFileSync(
      interpreter.executable,
      ['-B', '-c', `import sys; sys.path.insert(0, ${JSON.stringify(site)}); ${code}`],
      {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  expect(run('import demo; print(demo.where())').trim()).toBe(path.join(site, 'demo/__init__.py'));
  const flags = 'import top; print(open(top.__cached__, "rb").read()[4:8].hex())';
  expect(run(flags).trim()).toBe('01000000');
});

it('says that there is nothing to compile', async () => {
  const store = await freshStore();
  const wheel = await store.addWheel(writeWheel(temporaryDir(), { name: 'demo', files: { 'demo/data.txt': 'x' } }));
  expect(await store.addBytecode(wheel, interpreter)).toBeUndefined();
});

it('compiles a long list in several processes', async () => {
  const store = await freshStore();
  const many = Object.fromEntries(Array.from({ length: 350 }, (_, n) => [`demo/m${n}.py`, `x = ${n}\n`]));
  const wheel = await store.addWheel(writeWheel(temporaryDir(), { name: 'demo', files: many }));
  expect((await store.addBytecode(wheel, interpreter))?.files).toHaveLength(350);
});

it.each([
  ['the first process', 200],
  ['another process', 201],
])('tells why %s could not write, once all of them have ended', async (_, at) => {
  const dir = temporaryDir();
  const sources = Array.from({ length: 350 }, (_, n) => ({
    source: `${dir}/m${n}.py`,
    name: `m${n}.py`,
    target: `m${n}.pyc`,
  }));
  for (const { source } of sources) writeFileSync(source, 'x = 1\n');
  mkdirSync(`${dir}/m${at}.pyc`);
  const failure = await compileSources(interpreter, dir, sources).catch((error: Error) => error);
  expect(failure).toMatchObject({
    code: 'STORE_COMPILE_FAILED',
    message: expect.stringMatching(
      new RegExp(`could not compile the modules of a wheel: FileExistsError.*m${at}\\.pyc`),
    ),
    data: { output: expect.stringContaining('Traceback') },
  });
  // A quarter of the files is the part of the process that failed; the others wrote all of theirs.
  expect(readdirSync(dir).filter((name) => name.endsWith('.pyc')).length).toBeGreaterThan(250);
});

it('tells what the interpreter said when it fails', async () => {
  const store = await freshStore();
  const wheel = await store.addWheel(writeWheel(temporaryDir(), { name: 'demo' }));
  const broken = store.addBytecode(wheel, { ...interpreter, executable: 'false' });
  await expect(broken).rejects.toMatchObject({ code: 'STORE_COMPILE_FAILED' });
  const missing = store.addBytecode(wheel, { ...interpreter, executable: '/nowhere/python' });
  await expect(missing).rejects.toMatchObject({ code: 'ENOENT' });
});

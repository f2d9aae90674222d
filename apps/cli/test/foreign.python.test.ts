// Environments that others made and that others change too: venv and pip, uv and virtualenv in pinned versions,
// directories of no tool.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { pinnedCommands } from '@wheelwright/testkit/pinned';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { describe, expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

process.env.PATH = `${pinnedCommands('uv', 'virtualenv')}${path.delimiter}${process.env.PATH}`;
const found = (...command: readonly string[]) =>
  spawnSync(command[0]!, command.slice(1), { stdio: 'ignore' }).status === 0;
const hasPython = found('python3', '-c', 'import venv, ensurepip');
const hasUv = found('uv', '--version');
const hasVirtualenv = found('virtualenv', '--version');

function place(...wheels: readonly WheelOptions[]) {
  const dir = temporaryDir();
  const links = path.join(dir, 'links');
  mkdirSync(links);
  for (const options of [...releases, ...wheels]) {
    const { filename, bytes } = buildWheel(options);
    writeFileSync(path.join(links, filename), bytes);
  }
  const quiet = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: links, UV_NO_INDEX: '1', UV_FIND_LINKS: links, UV_OFFLINE: '1' };
  const { ww, run } = commandIn(dir, { ...quiet, PIP_DISABLE_PIP_VERSION_CHECK: '1' });
  const env = path.join(dir, 'env');
  const inEnv = (name: string, ...args: readonly string[]) => run(path.join(env, 'bin', name), ...args);
  return { dir, env, ww, run, inEnv };
}

// Each says its version in the module, the script, the data and a file that only it has.
const releases: readonly WheelOptions[] = ['1.0', '2.0', '3.0'].map((version) => ({
  name: 'guest',
  version,
  files: {
    'guest/__init__.py': `def main():\n    print("guest", "${version}")\n`,
    [`guest/only_${version[0]}.py`]: '',
  },
  data: { 'data/share/guest.txt': version, 'scripts/guest-body': '#!python\nimport guest\nguest.main()\n' },
  entryPoints: { console_scripts: { guest: 'guest:main' } },
}));

/** What is in site-packages of the environment, byte-code and the installers' own packages aside. */
function installed(env: string): string[] {
  const site = path.join(env, 'lib', readdirSync(path.join(env, 'lib'))[0]!, 'site-packages');
  const own = /^(?:pip|setuptools|pkg_resources|_distutils_hack|distutils-precedence|_virtualenv|__pycache__)/;
  return readdirSync(site).filter((name) => !own.test(name));
}

/** Every path with what it holds, and when files were last written. */
function picture(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(dir, { recursive: true, encoding: 'utf8' })) {
    const file = path.join(dir, name);
    const stats = lstatSync(file);
    const { mode, mtimeMs, ino } = stats;
    // A process that takes the lock writes into its file.
    if (name !== '.lock')
      found[name] = stats.isFile() ? `${ino} ${mode} ${mtimeMs} ${readFileSync(file, 'latin1')}` : String(mode);
  }
  return found;
}

const makers: readonly (readonly [string, boolean, (env: string) => readonly string[]])[] = [
  ['python -m venv', hasPython, (env) => ['python3', '-m', 'venv', env]],
  ['uv venv', hasUv, (env) => ['uv', 'venv', '--quiet', env]],
  ['virtualenv', hasVirtualenv, (env) => ['virtualenv', '--quiet', '--python', 'python3', env]],
];

describe.each(makers)('An environment made by %s', (_maker, isThere, make) => {
  test.skipIf(!isThere)('takes turns with pip, and neither leaves anything of the other over', async () => {
    const { env, ww, run, inEnv } = place();
    const [command, ...args] = make(env);
    expect(await run(command!, ...args)).toMatchObject({ code: 0 });
    // pip, or uv itself where the environment has no pip.
    const hasPip = existsSync(path.join(env, 'bin/pip'));
    const guest = (verb: string, ...words: readonly string[]) =>
      hasPip
        ? inEnv('python', '-m', 'pip', verb, '-q', ...(verb === 'uninstall' ? ['-y'] : []), ...words)
        : run('uv', 'pip', verb, '-q', '-p', path.join(env, 'bin/python'), ...words);
    expect(await guest('install', 'guest==1.0')).toMatchObject({ code: 0 });
    expect(await inEnv('guest')).toMatchObject({ stdout: 'guest 1.0\n' });

    expect(await ww('install', '-p', env, 'guest==2.0')).toMatchObject({ code: 0, stdout: '~ guest 1.0 -> 2.0\n' });
    expect(await inEnv('guest')).toMatchObject({ code: 0, stdout: 'guest 2.0\n' });
    expect(await inEnv('guest-body')).toMatchObject({ code: 0, stdout: 'guest 2.0\n' });
    expect(await ww('verify', '-p', env)).toMatchObject({ code: 0 });
    expect(installed(env).sort()).toEqual(['guest', 'guest-2.0.dist-info']);
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);

    expect(await guest('install', 'guest==3.0')).toMatchObject({ code: 0 });
    expect(await inEnv('guest')).toMatchObject({ code: 0, stdout: 'guest 3.0\n' });
    expect(await ww('verify', '-p', env)).toMatchObject({ code: 0 });
    expect(installed(env).sort()).toEqual(['guest', 'guest-3.0.dist-info']);

    expect(await ww('install', '-p', env, 'guest==1.0')).toMatchObject({ code: 0 });
    expect(await guest('uninstall', 'guest')).toMatchObject({ code: 0 });
    expect(installed(env)).toEqual([]);
    expect(readdirSync(path.join(env, 'bin')).filter((name) => name.startsWith('guest'))).toEqual([]);

    expect(await guest('install', 'guest==2.0')).toMatchObject({ code: 0 });
    expect(await ww('uninstall', '-p', env, 'guest')).toMatchObject({ code: 0, stdout: '- guest 2.0\n' });
    expect(installed(env)).toEqual([]);
    expect(existsSync(path.join(env, 'share', 'guest.txt'))).toBe(false);
  });

  test.skipIf(!isThere)('gets generations and gives them up, and its scripts work all the way', async () => {
    const { env, ww, run, inEnv } = place();
    const [command, ...args] = make(env);
    expect(await run(command!, ...args)).toMatchObject({ code: 0 });
    expect(await ww('install', '-p', env, 'guest==1.0')).toMatchObject({ code: 0 });
    expect(await ww('adopt', '-p', env)).toMatchObject({ code: 0, stdout: `${env}\n` });
    expect(await inEnv('guest')).toMatchObject({ code: 0, stdout: 'guest 1.0\n' });
    if (existsSync(path.join(env, 'bin/pip'))) expect(await inEnv('pip', '--version')).toMatchObject({ code: 0 });
    expect(await ww('install', '-p', env, 'guest==2.0')).toMatchObject({ code: 0 });
    expect(await inEnv('guest-body')).toMatchObject({ code: 0, stdout: 'guest 2.0\n' });
    expect(await ww('rollback', '-p', env)).toMatchObject({ code: 0, stdout: '~ guest 2.0 -> 1.0\ngeneration 1\n' });
    expect(await inEnv('guest')).toMatchObject({ code: 0, stdout: 'guest 1.0\n' });
    expect(await ww('install', '-p', env, 'guest==3.0')).toMatchObject({ code: 0 });
    expect(await ww('adopt', '-p', env, '--to', 'plain')).toMatchObject({ code: 0 });
    expect(await inEnv('guest')).toMatchObject({ code: 0, stdout: 'guest 3.0\n' });
    expect(await inEnv('guest-body')).toMatchObject({ code: 0, stdout: 'guest 3.0\n' });
    expect(await ww('verify', '-p', env)).toMatchObject({ code: 0 });
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
    expect(installed(env).sort()).toEqual(['guest', 'guest-3.0.dist-info']);
    // What was installed from the very same wheel is recognised after both turns.
    const again = await ww('install', '-p', env, path.join(path.dirname(env), 'links/guest-3.0-py3-none-any.whl'));
    expect(again).toMatchObject({ code: 0, stdout: 'nothing to do: everything is installed\n' });
  });
});

test.skipIf(!hasPython)('An ordinary venv is made, changed, and has nothing to go back to.', async () => {
  const { env, ww, inEnv } = place();
  expect(await ww('venv', env, '--layout', 'plain')).toMatchObject({ code: 0 });
  expect(await ww('venv', env, '--layout', 'plain')).toMatchObject({ code: 0 });
  expect(await ww('venv', env)).toMatchObject({ code: 6 });
  expect(readFileSync(path.join(env, 'pyvenv.cfg'), 'utf8')).toContain('home = ');
  expect(await ww('install', '-p', env, 'guest')).toMatchObject({ code: 0, stdout: '+ guest 3.0\n' });
  expect(await inEnv('python', '-c', 'import guest, sys; guest.main(); print(sys.prefix)')).toMatchObject({
    stdout: `guest 3.0\n${env}\n`,
  });
  const links = path.join(path.dirname(env), 'links');
  writeFileSync(path.join(links, 'pins.txt'), 'guest==1.0\n');
  expect(await ww('sync', '-p', env, path.join(links, 'pins.txt'))).toMatchObject({ stdout: '~ guest 3.0 -> 1.0\n' });
  const back = await ww('rollback', '-p', env);
  expect(back).toMatchObject({ code: 6, stderr: expect.stringContaining('ww adopt') });
  expect(await ww('recover', '-p', env)).toMatchObject({ code: 0, stdout: 'nothing to recover\n' });
  expect(await ww('list', '-p', env, '--format', 'freeze')).toMatchObject({ stdout: 'guest==1.0\n' });
});

const places: readonly (readonly [
  string,
  string,
  (run: ReturnType<typeof place>) => Promise<{ code: number | null }>,
])[] = [
  ['an ordinary venv of ours', '-p', ({ env, ww }) => ww('venv', env, '--layout', 'plain')],
  ['a venv of python with its pip', '-p', ({ env, run }) => run('python3', '-m', 'venv', env)],
  ['a target directory', '-t', ({ env, ww }) => ww('install', '-t', env, 'guest==1.0')],
];

test.skipIf(!hasPython).each(places)('A check decides on the change of %s.', async (_title, option, make) => {
  const user = (version: string) => ({
    name: 'user',
    version,
    requiresDist: ['guest'],
    files: { 'user.py': `import guest.only_1\nV = "${version}"\n` },
    entryPoints: { console_scripts: { user: 'guest:main' } },
  });
  const made = place(user('1.0'), { name: 'bad', files: { 'bad.py': 'import absent\n' } });
  const { env, ww } = made;
  expect(await make(made)).toMatchObject({ code: 0 });
  const install = (...words: readonly string[]) => ww('install', option, env, ...words);
  expect(await install('guest==1.0', 'user', '--check', 'imports', '--check', 'user')).toMatchObject({ code: 0 });
  const before = picture(env);
  const failed = await install('bad', '--check', 'imports');
  expect(failed).toMatchObject({ code: 10, stdout: '' });
  expect(failed.stderr).toContain("bad cannot be imported: ModuleNotFoundError: No module named 'absent'");
  // The guest is fine by itself; what needs it is not.
  const broken = await install('guest==2.0', '--check', 'imports', '--check', 'python -c "import user"');
  expect(broken).toMatchObject({ code: 10, stderr: expect.stringContaining('guest.only_1') });
  const late = await install('guest==2.0', '--check', 'sleep 1000', '--check-timeout', '0.2');
  expect(late).toMatchObject({ code: 10, stderr: expect.stringContaining('did not end within 0.2 s') });
  expect(picture(env)).toEqual(before);
  const done = await install('guest==2.0', '--check', 'imports', '--check', 'user && guest-body');
  expect(done).toMatchObject({ code: 0, stdout: '~ guest 1.0 -> 2.0\n' });
  expect(done.stderr).toContain('guest 2.0\nguest 2.0\n');
  expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
  expect(await ww('verify', option, env)).toMatchObject({ code: 0 });
});

test.skipIf(!hasPython)('A directory is a target: filled, upgraded, verified and emptied.', async () => {
  const { dir, ww, run } = place({ name: 'other' });
  const target = path.join(dir, 'some/where');
  expect(await ww('install', '-t', target, 'guest==1.0', 'other')).toMatchObject({ code: 0 });
  expect(await ww('install', '--target', target, 'guest==2.0')).toMatchObject({ stdout: '~ guest 1.0 -> 2.0\n' });
  const code = `import sys; sys.path.insert(0, ${JSON.stringify(target)}); import guest; guest.main()`;
  expect(await run('python3', '-c', code)).toMatchObject({ code: 0, stdout: 'guest 2.0\n' });
  expect(readFileSync(path.join(target, 'share/guest.txt'), 'utf8')).toBe('2.0');
  expect(await ww('list', '-t', target, '--format', 'freeze')).toMatchObject({ stdout: 'guest==2.0\nother==1.0\n' });
  expect(await ww('verify', '-t', target)).toMatchObject({ code: 0 });
  expect(await ww('recover', '-t', target)).toMatchObject({ code: 0 });
  expect(await ww('uninstall', '-t', target, 'guest')).toMatchObject({ code: 0 });
  expect(
    readdirSync(target)
      .filter((name) => name !== '__pycache__')
      .sort(),
  ).toEqual(['other-1.0.dist-info', 'other.py']);
});

test.skipIf(!hasPython)('The scripts of a target name no path, and run wherever it is moved.', async () => {
  const { dir, ww, run } = place();
  const target = path.join(dir, 'build place');
  expect(await ww('install', '-t', target, 'guest==2.0', '--check', 'guest')).toMatchObject({ code: 0 });
  const moved = path.join(dir, "it's $HOME");
  renameSync(target, moved);
  symlinkSync(path.join(moved, 'bin/guest'), path.join(dir, 'linked'));
  for (const script of [path.join(moved, 'bin/guest'), path.join(dir, 'linked')])
    expect(await run(script)).toMatchObject({ code: 0, stdout: 'guest 2.0\n' });
  expect(await run('env', `PYTHONPATH=${moved}`, path.join(moved, 'bin/guest-body'))).toMatchObject({
    code: 0,
    stdout: 'guest 2.0\n',
  });
  const head = /^#!\/bin\/sh\n'''exec' "\$\(command -v python3\.\d+ \|\| command -v python3 \|\| echo python3\)" /;
  for (const name of ['guest', 'guest-body']) expect(readFileSync(path.join(moved, 'bin', name), 'utf8')).toMatch(head);
  expect(await ww('verify', '-t', moved)).toMatchObject({ code: 0 });
  expect(readdirSync(moved)).not.toContain('.lock');
});

test.skipIf(!hasPython)('Into a target go the wheels of the machine that was named.', async () => {
  const native = ['win_amd64', 'manylinux_2_17_x86_64.manylinux2014_x86_64', 'macosx_11_0_arm64'].map((platform) => ({
    name: 'native',
    tag: `cp39-cp39-${platform}`,
    rootIsPurelib: false,
    entryPoints: { console_scripts: { native: 'native:main' } },
    requiresDist: ['only-windows; sys_platform == "win32"', 'only-old; python_version < "3.10"'],
    files: { 'native.py': platform },
  }));
  const { dir, ww } = place(...native, { name: 'only-windows' }, { name: 'only-old' });
  const fill = (name: string, ...words: readonly string[]) =>
    ww('install', '-t', path.join(dir, name), '--python-version', '3.9', 'native', ...words);
  expect(await fill('w', '--platform', 'win_amd64')).toMatchObject({
    code: 0,
    stdout: '+ native 1.0\n+ only-old 1.0\n+ only-windows 1.0\n',
  });
  expect(await fill('l', '--platform', 'manylinux_2_28_x86_64')).toMatchObject({
    stdout: '+ native 1.0\n+ only-old 1.0\n',
  });
  expect(readFileSync(path.join(dir, 'l/native.py'), 'utf8')).toContain('manylinux');
  expect(readFileSync(path.join(dir, 'l/bin/native'), 'utf8')).toContain('command -v python3.9 || command -v python3');
  expect(await fill('n', '--platform', 'musllinux_1_2_x86_64')).toMatchObject({ code: 4 });
  expect(await fill('x', '--platform', 'amiga')).toMatchObject({ code: 2 });
  expect(await fill('x', '--platform', 'win_amd64', '--compile')).toMatchObject({ code: 2 });
  expect(await fill('x', '--platform', 'win_amd64', '--check', 'imports')).toMatchObject({ code: 2 });
  expect(await ww('install', '--platform', 'win_amd64', 'native')).toMatchObject({ code: 2 });
  expect(existsSync(path.join(dir, 'x'))).toBe(false);
});

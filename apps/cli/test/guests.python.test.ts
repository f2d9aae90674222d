// pip and uv as guests in an environment of each layout: installing, upgrading and uninstalling, with scripts and
// editables. The store stays as it is; where packages are shared, pip is refused, and what uv does as root is reported.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pinnedCommands } from '@wheelwright/testkit/pinned';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { describe, expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

process.env.PATH = `${pinnedCommands('uv')}${path.delimiter}${process.env.PATH}`;
const found = (...command: readonly string[]) =>
  spawnSync(command[0]!, command.slice(1), { stdio: 'ignore' }).status === 0;
const hasPip = found('python3', '-c', 'import pip; assert int(pip.__version__.split(".")[0]) >= 23');
const hasUv = found('uv', '--version');
const isRoot = process.getuid?.() === 0;

const wheels: readonly WheelOptions[] = [
  ...['1.0', '2.0'].map((version) => ({
    name: 'guest',
    version,
    files: {
      'guest/__init__.py': `def main():\n    print("guest", "${version}")\n`,
      [`guest/only_${version[0]}.py`]: '',
    },
    data: {
      'data/share/guest.txt': version,
      'scripts/guest-body': { data: '#!python\nimport guest\nguest.main()\n', mode: 0o755 },
    },
    entryPoints: { console_scripts: { guest: 'guest:main' } },
  })),
  { name: 'bare', files: { 'bare/__init__.py': '' } },
  { name: 'other' },
];

/** Two environments of a layout with guest 1.0 from one store; the second has no guest. */
async function place(layout: string) {
  const dir = temporaryDir();
  const links = path.join(dir, 'links');
  mkdirSync(links);
  for (const options of wheels) {
    const { filename, bytes } = buildWheel(options);
    writeFileSync(path.join(links, filename), bytes);
  }
  const { ww, run } = commandIn(dir, {
    ...{ PIP_NO_INDEX: '1', PIP_FIND_LINKS: links, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_ROOT_USER_ACTION: 'ignore' },
    ...{ UV_NO_INDEX: '1', UV_FIND_LINKS: links, UV_OFFLINE: '1', UV_CACHE_DIR: path.join(dir, 'uv-cache') },
    WHEELWRIGHT_DATA: path.join(dir, 'data'),
    // None of the user's, and still that of the environment, which /dev/null would switch off as well.
    PIP_CONFIG_FILE: path.join(dir, 'pip.conf'),
  });
  const [env, other] = [path.join(dir, 'env'), path.join(dir, 'other')];
  for (const at of [env, other]) {
    expect(await ww('venv', at, '--layout', layout)).toMatchObject({ code: 0 });
    expect(await ww('install', '-p', at, 'guest==1.0')).toMatchObject({ code: 0 });
  }
  const says = async (at: string, name: string) => (await run(path.join(at, 'bin', name))).stdout;
  const expectSound = async (...environments: readonly string[]) => {
    for (const at of environments) expect(await ww('verify', '-p', at)).toMatchObject({ code: 0 });
    expect(await ww('cache', 'verify')).toMatchObject({ code: 0 });
    expect(await says(other, 'guest')).toBe('guest 1.0\n');
  };
  return { dir, env, other, ww, run, says, expectSound };
}

type Run = Awaited<ReturnType<typeof place>>['run'];

const guests = {
  pip: (run: Run, env: string, verb: string, ...words: readonly string[]) => {
    const yes = verb === 'uninstall' ? ['-y'] : [];
    return run('python3', '-m', 'pip', '--python', path.join(env, 'bin/python'), verb, '-q', ...yes, ...words);
  },
  /** Told to read no configuration at all, it does not see the one that keeps it out. */
  'pip without configuration': (run: Run, env: string, verb: string, ...words: readonly string[]) =>
    run(
      'env',
      'PIP_CONFIG_FILE=/dev/null',
      'python3',
      '-m',
      'pip',
      '--python',
      path.join(env, 'bin/python'),
      verb,
      '-q',
      ...(verb === 'uninstall' ? ['-y'] : []),
      ...words,
    ),
  uv: (run: Run, env: string, verb: string, ...words: readonly string[]) =>
    run('uv', 'pip', verb, '-q', '-p', path.join(env, 'bin/python'), ...words),
};

const attempts = [
  ['install', 'bare'],
  ['install', 'guest==2.0'],
  ['uninstall', 'guest'],
] as const;

const pairs = [
  ['own', 'pip', hasPip],
  ['own', 'uv', hasUv],
  ['plain', 'pip', hasPip],
  ['plain', 'uv', hasUv],
] as const;

describe.each(pairs)('In the layout %s', (layout, name, isThere) => {
  test.skipIf(!isThere)(`${name} works as in any environment, and what others have stays as it is`, async () => {
    const { dir, env, ww, run, says, expectSound } = await place(layout);
    const guest = (verb: string, ...words: readonly string[]) => guests[name](run, env, verb, ...words);
    expect(await guest('install', 'guest==2.0')).toMatchObject({ code: 0 });
    expect(await says(env, 'guest')).toBe('guest 2.0\n');
    expect(await says(env, 'guest-body')).toBe('guest 2.0\n');
    await expectSound(env);
    const tree = writeBackendTree(path.join(dir, 'tree'), { name: 'edited' });
    expect(await guest('install', '-e', tree)).toMatchObject({ code: 0 });
    expect(await run(path.join(env, 'bin/python'), '-c', 'import edited')).toMatchObject({ code: 0 });
    // A change of ours brings all of it along.
    expect(await ww('install', '-p', env, 'other')).toMatchObject({ code: 0, stdout: '+ other 1.0\n' });
    expect(await says(env, 'guest')).toBe('guest 2.0\n');
    expect(await run(path.join(env, 'bin/python'), '-c', 'import edited, other')).toMatchObject({ code: 0 });
    await expectSound(env);
    expect(await guest('uninstall', 'guest', 'edited')).toMatchObject({ code: 0 });
    expect(await ww('list', '-p', env, '--format', 'freeze')).toMatchObject({ stdout: 'other==1.0\n' });
    expect(readdirSync(path.join(env, 'bin')).filter((file) => file.startsWith('guest'))).toEqual([]);
    await expectSound(env);
  });
});

test.skipIf(!hasPip)('In the layout shared pip is kept out with a sentence, and changes nothing', async () => {
  const { env, other, run, says, expectSound } = await place('shared');
  for (const [verb, name] of attempts)
    expect(await guests.pip(run, env, verb, name)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ww install'),
    });
  expect(await says(env, 'guest')).toBe('guest 1.0\n');
  await expectSound(env, other);
});

test.skipIf(!hasUv || isRoot)('In the layout shared the rights keep uv out, and nothing is changed', async () => {
  const { env, other, run, says, expectSound } = await place('shared');
  for (const [verb, name] of attempts) expect(await guests.uv(run, env, verb, name)).toMatchObject({ code: 2 });
  expect(await says(env, 'guest')).toBe('guest 1.0\n');
  await expectSound(env, other);
});

const unbound = [
  ['uv', hasUv],
  ['pip without configuration', hasPip],
] as const;

describe.each(unbound)('In the layout shared, where nothing binds root, %s', (name, isThere) => {
  test.skipIf(!isThere || !isRoot)('a read reports what it installed, and a change undoes and reports it', async () => {
    const { env, other, ww, run, expectSound } = await place('shared');
    expect(await guests[name](run, env, 'install', 'bare')).toMatchObject({ code: 0 });
    const read = await ww('list', '-p', other);
    expect(read.stderr).toContain(`packages that ${other} shares with other environments: it installed bare 1.0.`);
    expect(read.stderr).toContain('ww venv --export');
    const tried = await ww('install', '-p', env, '--dry-run', 'bare');
    expect(tried.stderr).toContain('The next change with ww undoes that.');
    expect((await ww('list', '-p', other, '--format', 'freeze')).stdout).toContain('bare==1.0');
    // Not taken for installed, although it was found there.
    const change = await ww('install', '-p', env, 'bare');
    expect(change).toMatchObject({ code: 0, stdout: '+ bare 1.0\n' });
    expect(change.stderr).toContain('it installed bare 1.0. ww undid that.');
    expect((await ww('list', '-p', env, '--format', 'freeze')).stdout).toBe('bare==1.0\nguest==1.0\n');
    expect(await ww('list', '-p', other, '--format', 'freeze')).toMatchObject({ stdout: 'guest==1.0\n', stderr: '' });
    await expectSound(env, other);
  });

  // pip removes nothing outside of the prefix, which is where it sees the shared packages.
  test.skipIf(!isThere || !isRoot || name !== 'uv')(
    'one change in any environment restores, for all of them, what it removed',
    async () => {
      const { env, other, ww, run, says, expectSound } = await place('shared');
      expect(await guests[name](run, env, 'uninstall', 'guest')).toMatchObject({ code: 0 });
      const repaired = await ww('repair', '-p', other);
      expect(repaired).toMatchObject({ code: 0, stderr: expect.stringContaining('it removed guest 1.0') });
      expect(await says(env, 'guest')).toBe('guest 1.0\n');
      await expectSound(env, other);
    },
  );

  test.skipIf(!isThere || !isRoot)('an upgrade leaves the store as it was', async () => {
    const { env, other, ww, run, expectSound } = await place('shared');
    await guests[name](run, env, 'install', 'guest==2.0');
    const change = await ww('uninstall', '-p', env, 'guest');
    expect(change).toMatchObject({ code: 0, stdout: '- guest 1.0\n' });
    expect(change.stderr).toContain('installed guest 2.0');
    await expectSound(env, other);
  });

  test.skipIf(!isThere || !isRoot)('may change an environment that was exported first', async () => {
    const { env, other, ww, run, says, expectSound } = await place('shared');
    expect(await ww('venv', '--export', env)).toMatchObject({ code: 0 });
    expect(await guests[name](run, env, 'install', 'guest==2.0')).toMatchObject({ code: 0 });
    expect(await says(env, 'guest')).toBe('guest 2.0\n');
    await expectSound(env, other);
  });
});

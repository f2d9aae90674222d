// Repositories of Mercurial, by its pinned wheel: by branch, tag, bookmark, revision and default; locked and synced.
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pinnedLibrary, pinnedPython } from '@wheelwright/testkit/pinned';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const library = pinnedLibrary('mercurial');

/** With `hg` on the search path. */
function place() {
  const dir = temporaryDir();
  const bin = path.join(dir, 'bin');
  mkdirSync(bin);
  const python = pinnedPython().executable;
  const program = `#!/bin/sh\nPYTHONPATH='${library}' exec '${python}' -c 'from mercurial import dispatch; dispatch.run()' "$@"\n`;
  writeFileSync(path.join(bin, 'hg'), program);
  chmodSync(path.join(bin, 'hg'), 0o755);
  const command = commandIn(dir, { PATH: `${bin}:${process.env.PATH}`, HGRCPATH: '', HGUSER: 'a' });
  const source = path.join(dir, 'source');
  const hg = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await command.run('hg', '-R', source, ...args);
    if (code !== 0) throw new Error(`hg ${args[0]} failed: ${stderr}`);
    return stdout.trim();
  };
  return { dir, source, hg, ...command };
}

test('a repository of Mercurial is a source like one of git', async () => {
  const { dir, source, hg, ww } = place();
  writeBackendTree(source, { name: 'demo', version: '1.0' });
  await hg('init', source);
  await hg('commit', '-A', '-q', '-m', 'one');
  await hg('tag', 'v1');
  await hg('branch', '-q', 'next');
  writeBackendTree(source, { name: 'demo', version: '2.0' });
  await hg('commit', '-q', '-m', 'two');
  await hg('bookmark', 'mark');
  const commitOf = (revision: string) => hg('log', '-r', revision, '-T', '{node}');
  const url = `hg+file://${source}`;
  expect(await ww('venv')).toMatchObject({ code: 0 });
  for (const [revision, version] of [
    ['default', '1.0'],
    ['v1', '1.0'],
    ['next', '2.0'],
    ['mark', '2.0'],
    [await commitOf('v1'), '1.0'],
  ] as const) {
    const asked = revision === 'default' ? url : `${url}@${revision}`;
    expect(await ww('install', `demo @ ${asked}`)).toMatchObject({ code: 0 });
    expect(await ww('list', '--format', 'freeze')).toMatchObject({ stdout: `demo==${version}\n` });
    expect([revision, (await ww('freeze')).stdout]).toEqual([revision, `demo @ ${url}@${await commitOf(revision)}\n`]);
  }
  expect(await ww('install', `${url}@nope`)).toMatchObject({ code: 9, stderr: expect.stringContaining('nope') });

  expect(await ww('lock', `demo @ ${url}@next`)).toMatchObject({ code: 0 });
  expect(readFileSync(path.join(dir, 'pylock.toml'), 'utf8')).toContain(`commit-id = "${await commitOf('next')}"`);
  rmSync(source, { recursive: true });
  // The commit is in the store, so the repository may be gone.
  expect(await ww('sync')).toMatchObject({ code: 0, stdout: '~ demo 1.0 -> 2.0\n' });
});

test('a repository is refused by name where its program is not on the search path, or is of another VCS', async () => {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, { PATH: path.join(dir, 'none') });
  expect(await ww('venv', '-p', pinnedPython().executable)).toMatchObject({ code: 0 });
  const says = (text: string) => expect.stringContaining(text);
  for (const vcs of ['hg', 'git'])
    expect(await ww('install', `${vcs}+file://${dir}/none`)).toMatchObject({
      code: 9,
      stderr: says(`${vcs} is not on the search path`),
    });
  expect(await ww('install', 'svn+http://127.0.0.1:9/x')).toMatchObject({
    code: 3,
    stderr: says('a repository of svn, which is not supported'),
  });
});

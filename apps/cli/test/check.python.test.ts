// `--check` on the command line: what becomes visible, what is said, and what the check gets to know.
import { appendFileSync, chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const index = 'http://ann:secret@localhost:1/simple';

async function place() {
  const dir = temporaryDir();
  const { ww } = commandIn(dir, { PIP_INDEX_URL: index, UV_INDEX_URL: index, WHEELWRIGHT_INDEX_URL: index });
  const good = writeWheel(dir, { name: 'good', files: { 'good.py': 'V = 1\n' } });
  const bad = writeWheel(dir, { name: 'bad', files: { 'bad.py': 'import absent\n' }, requiresDist: ['good'] });
  await ww('venv');
  return { dir, ww, good, bad, generations: () => readdirSync(path.join(dir, '.venv', '.wheelwright', 'generations')) };
}

test('an import that fails is exit 10 with its error, and nothing changes', async () => {
  const { ww, good, bad, generations } = await place();
  expect(await ww('install', good, '--check', 'imports')).toMatchObject({ code: 0, stdout: '+ good 1.0\n' });
  const failed = await ww('install', bad, '--check', 'imports');
  expect(failed).toMatchObject({ code: 10, stdout: '' });
  expect(failed.stderr).toContain("bad cannot be imported: ModuleNotFoundError: No module named 'absent'");
  expect(await ww('list', '--format', 'freeze')).toMatchObject({ stdout: 'good==1.0\n' });
  expect(generations()).toEqual(['1', '2']);
  expect(await ww('verify')).toMatchObject({ code: 0 });
});

test('a command runs where the caller stands, sees the new environment and no credentials, and decides', async () => {
  const { dir, ww, good, bad } = await place();
  writeFileSync(path.join(dir, 'test_it.py'), 'import good\nassert good.V == 1\nprint("tested", good.V)\n');
  const checks = ['--check', 'python test_it.py', '--check', 'env > said.txt'];
  const done = await ww('install', good, ...checks);
  expect(done).toMatchObject({ code: 0 });
  expect(done.stderr).toContain('tested 1\n');
  expect(readFileSync(path.join(dir, 'said.txt'), 'utf8')).not.toContain('secret');
  const failed = await ww('install', bad, '--check', 'imports', '--check', 'touch never.txt');
  expect(failed.code).toBe(10);
  expect(readdirSync(dir)).not.toContain('never.txt');
  writeFileSync(path.join(dir, 'pins.txt'), `${bad}\n`);
  const synced = await ww('sync', 'pins.txt', '--check', 'sleep 1000', '--check-timeout', '0.2');
  expect(synced.code).toBe(10);
  expect(synced.stderr).toContain('`sleep 1000` did not end within 0.2 s');
  expect(await ww('list', '--format', 'freeze')).toMatchObject({ stdout: 'good==1.0\n' });
  expect(await ww('install', good, '--check-timeout', 'soon')).toMatchObject({ code: 2 });
});

test('a check that edits what it sees is refused, and neither the environment nor the store has the edit', async () => {
  const { dir, ww, good, bad } = await place();
  await ww('install', good);
  const site = '"$(python -c \'import good, os; print(os.path.dirname(good.__file__))\')"';
  const edit = (name: string) => `cd ${site}; chmod u+w ${name}.py; echo "# edited" >> ${name}.py`;
  expect(await ww('install', bad, '--check', `${edit('bad')}; ${edit('good')}`)).toMatchObject({ code: 10 });
  expect(await ww('install', bad, '--check', `${edit('bad')}; false`)).toMatchObject({ code: 10 });
  expect(await ww('cache', 'verify')).toMatchObject({ code: 0 });
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(await ww('install', bad)).toMatchObject({ code: 0 });
  expect(await ww('verify')).toMatchObject({ code: 0 });
  // An edit of an installed file edits the store's, one inode with it; installing again does not bring the edit back.
  const lib = path.join(dir, '.venv/lib');
  const file = path.join(lib, readdirSync(lib)[0]!, 'site-packages/good.py');
  chmodSync(file, 0o644);
  appendFileSync(file, '# edited');
  expect(await ww('install', good, '--force-reinstall')).toMatchObject({ code: 0 });
  expect(await ww('verify')).toMatchObject({ code: 0 });
});

// `ww repair`: damage of every kind, put right from the store or an index, or told.
import { appendFileSync, chmodSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const names = ['edited', 'lacking', 'scripted', 'unrecorded', 'torn', 'twice', 'sound'];

async function place() {
  const dir = temporaryDir();
  const files = names.map((name) =>
    buildWheel({
      name,
      files: { [`${name}/__init__.py`]: `def main():\n    print("${name}")\n`, [`${name}/mod.py`]: 'x = 1\n' },
      entryPoints: { console_scripts: { [`run-${name}`]: `${name}:main` } },
    }),
  );
  const server = await startIndexServer({ files: files.map(({ filename, bytes }) => ({ filename, data: bytes })) });
  onTestFinished(() => server.close());
  const { ww, run } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  await ww('venv');
  expect(await ww('install', ...names)).toMatchObject({ code: 0 });
  const env = path.join(dir, '.venv');
  const asked = await run(
    path.join(env, 'bin', 'python'),
    '-c',
    'import sysconfig; print(sysconfig.get_path("purelib"))',
  );
  const lib = asked.stdout.trim();
  const downloads = () => server.requests.filter(({ path: asked }) => asked.endsWith('.whl')).length;
  return { dir, env, lib, ww, run, server, downloads };
}

function edit(file: string): void {
  chmodSync(file, 0o644);
  appendFileSync(file, '# edited\n');
}

test('restores everything that verify finds in one transaction, and leaves files without an owner', async () => {
  const { env, lib, ww, run, downloads } = await place();
  const at = (name: string) => path.join(lib, name);
  edit(at('edited/mod.py')); // the store's file too: they are one
  rmSync(at('lacking/mod.py'));
  rmSync(path.join(env, 'bin', 'run-scripted'));
  rmSync(at('unrecorded-1.0.dist-info/RECORD'));
  writeFileSync(at('torn-1.0.dist-info/RECORD'), readFileSync(at('torn-1.0.dist-info/RECORD'), 'utf8').slice(0, 120));
  cpSync(at('twice-1.0.dist-info'), at('twice-0.9.dist-info'), { recursive: true });
  rmSync(at('twice-0.9.dist-info/METADATA'));
  writeFileSync(at('twice-0.9.dist-info/METADATA'), 'Metadata-Version: 2.1\nName: twice\nVersion: 0.9\n');
  for (const leftover of ['~ip', '~umpy-1.0.dist-info']) mkdirSync(at(leftover));
  writeFileSync(at('~ip/__init__.py'), '');
  writeFileSync(at('mine.py'), 'x = 1\n');
  rmSync(at('_wheelwright_pin.py'));
  edit(at('_wheelwright_scripts.py'));
  expect(await ww('verify')).toMatchObject({ code: 6 });

  const before = downloads();
  const planned = await ww('repair', '--dry-run');
  expect(planned).toMatchObject({ code: 0 });
  expect(planned.stdout).toContain('would repair lacking 1.0 (from the store): 1 problem\n');
  expect(planned.stdout).toContain('would repair edited 1.0 (from the index): 1 problem\n');
  expect(await ww('verify')).toMatchObject({ code: 6 });

  const done = await ww('repair');
  expect(done).toMatchObject({ code: 0 });
  expect(done.stdout).toContain('left lib/');
  expect(downloads()).toBe(before + 1); // the one whose stored file was edited
  expect((await ww('verify')).stdout).toMatch(/^unowned lib\/python[^/]*\/site-packages\/mine\.py\n1 problem\n$/);
  expect((await ww('list', '--format', 'freeze')).stdout).toBe(
    [...names]
      .sort()
      .map((name) => `${name}==1.0\n`)
      .join(''),
  );
  for (const name of names) {
    expect(await run(path.join(env, 'bin', `run-${name}`))).toMatchObject({ stdout: `${name}\n` });
  }
  expect(await ww('cache', 'verify')).toMatchObject({ code: 0 });
  expect(await ww('repair')).toMatchObject({ code: 0 });
  expect((await ww('generations')).stdout).toContain('ww repair');
});

test('the environment and its packages are two generations, and a rollback does not land between them', async () => {
  const { env, lib, ww } = await place();
  rmSync(path.join(lib, 'lacking/mod.py'));
  rmSync(path.join(env, '.wheelwright/current/bin/python'));
  const done = await ww('repair');
  expect(done).toMatchObject({ code: 0 });
  expect(done.stderr).toMatch(/^Committed generation 3 [\s\S]*^Committed generation 4 /m);
  expect(await ww('verify')).toMatchObject({ code: 0 });
  expect(await ww('rollback')).toMatchObject({ code: 0, stdout: 'generation 2\n' });
  expect(await ww('rollback')).toMatchObject({ code: 0, stdout: 'generation 4\n' });
});

test('fills a cleaned store again, and reports wheels that no longer exist', async () => {
  const { lib, ww } = await place();
  rmSync(path.join(lib, 'lacking/mod.py'));
  expect(await ww('cache', 'clean')).toMatchObject({ code: 0 });
  const failed = await ww('repair', '--no-index', '--find-links', lib);
  expect(failed).toMatchObject({ code: 6, stdout: '' });
  expect(failed.stderr).toContain('lacking 1.0 cannot be repaired');
  expect((await ww('repair')).stdout).toBe('repaired lacking 1.0 (from the index): 1 problem\n');
  expect(await ww('verify')).toMatchObject({ code: 0 });
});

test('a wheel that was given by its path is found there again, with its origin kept', async () => {
  const { dir, lib, ww } = await place();
  const { filename, bytes } = buildWheel({ name: 'given', files: { 'given.py': 'x = 1\n' } });
  writeFileSync(path.join(dir, filename), bytes);
  await ww('install', path.join(dir, filename));
  await ww('cache', 'clean');
  edit(path.join(lib, 'given.py'));
  expect((await ww('repair')).stdout).toBe('repaired given 1.0 (from where it came): 1 problem\n');
  const origin = path.join(lib, 'given-1.0.dist-info/direct_url.json');
  expect(readFileSync(origin, 'utf8')).toContain(filename);
});

// The bundled command unpacks large wheels in threads, whose file is beside the bundle, and without threads where that file is absent.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { collect, commandIn } from './run-ww.ts';

const appDir = fileURLToPath(new URL('..', import.meta.url));

/** The command as it is installed, with a file for threads that leaves `marker` when it has done something. */
function copyCommand(dir: string, marker: string) {
  const copy = path.join(dir, 'command');
  mkdirSync(copy);
  for (const name of ['bin', 'dist']) cpSync(path.join(appDir, name), path.join(copy, name), { recursive: true });
  copyFileSync(path.join(appDir, 'package.json'), path.join(copy, 'package.json'));
  symlinkSync(path.join(appDir, 'node_modules'), path.join(copy, 'node_modules'));
  const workerPath = path.join(copy, 'dist', 'unpack-worker.cjs');
  const marking = `{
    const { parentPort } = require('node:worker_threads');
    const post = parentPort.postMessage.bind(parentPort);
    parentPort.postMessage = (answer) => {
      if (answer === 'done') require('node:fs').writeFileSync(${JSON.stringify(marker)}, '');
      post(answer);
    };
  }`;
  writeFileSync(workerPath, `${marking}\n${readFileSync(workerPath, 'utf8')}`);
  return { entry: path.join(copy, 'bin', 'ww.js'), workerPath };
}

test('large wheels are unpacked in threads, and without the file for threads all the same', async () => {
  const dir = temporaryDir();
  const marker = path.join(dir, 'marker');
  const { entry, workerPath } = copyCommand(dir, marker);
  const wheels = ['one', 'two', 'three'].map((name) =>
    buildWheel({ name, files: { [`${name}.py`]: `VALUE = '${name}'\n`, [`${name}.bin`]: randomBytes(900_000) } }),
  );
  const server = await startIndexServer({ files: wheels.map(({ filename, bytes }) => ({ filename, data: bytes })) });
  onTestFinished(() => server.close());
  const { env, run } = commandIn(dir, { PIP_NO_INDEX: '0', WHEELWRIGHT_INDEX_URL: server.indexUrl });
  const ww = (...args: readonly string[]) =>
    collect(spawn(process.execPath, [entry, ...args], { env, cwd: dir, stdio: ['ignore', 'pipe', 'pipe'] }));

  for (const store of ['threaded', 'single']) {
    env.WHEELWRIGHT_STORE = path.join(dir, store);
    const environment = `${store}-env`;
    if (store === 'single') rmSync(workerPath);
    rmSync(marker, { force: true });
    expect(await ww('venv', environment)).toMatchObject({ code: 0 });
    expect(await ww('install', '-p', environment, 'one', 'two', 'three')).toMatchObject({
      code: 0,
      stdout: '+ one 1.0\n+ three 1.0\n+ two 1.0\n',
    });
    expect(existsSync(marker)).toBe(store === 'threaded');
    const python = path.join(dir, environment, 'bin', 'python');
    expect(await run(python, '-c', 'import one, two; print(one.VALUE, two.VALUE)')).toMatchObject({
      stdout: 'one two\n',
    });
    expect(await ww('verify', '-p', environment)).toMatchObject({ code: 0 });
  }
});

// What npm users get: every published package packed, all packs installed into an empty project, and each imported from
// ESM and by `require`. Needs the npm registry for the third parties; without it this fails, it does not skip.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  packageManager: string;
};
const modulesDir = path.join(root, '.cache', packageManager.replace('@', '-'), 'node_modules');
const pnpm = path.join(modulesDir, 'pnpm', 'bin', 'pnpm.cjs');
const packages = readdirSync(path.join(root, 'packages')).filter((name) => name !== 'testkit' && name !== 'README.md');

/** Later Nodes on which the packs run too; the one that runs this test is the oldest that is supported. */
const otherNodes = ['22.23.3', '24.21.0'];

test('the packs of every package install into an empty project and import from ESM and by require', () => {
  const workingDir = temporaryDir();
  const packsDir = path.join(workingDir, 'packs');
  mkdirSync(packsDir);
  run(
    path.join(root, 'node_modules', '.bin', 'turbo'),
    ['run', 'build', '--filter=./packages/*', '--output-logs=errors-only'],
    root,
  );
  const names = packages.map((name) => {
    run(process.execPath, [pnpm, 'pack', '--pack-destination', packsDir], path.join(root, 'packages', name));
    return name === 'wheelwright' ? name : `@wheelwright/${name}`;
  });

  const projectDir = path.join(workingDir, 'project');
  mkdirSync(projectDir);
  writeFileSync(path.join(projectDir, 'package.json'), '{ "private": true }\n');
  const packs = readdirSync(packsDir).map((name) => path.join(packsDir, name));
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', ...packs], projectDir);
  expect(sizeOf(path.join(projectDir, 'node_modules'))).toBeLessThan(6_000_000);
  expect(sizeOf(path.join(projectDir, 'node_modules', '@wheelwright', 'fslock'))).toBeLessThan(100_000);

  writeFileSync(
    path.join(projectDir, 'all.mjs'),
    names
      .map(
        (name, n) =>
          `import * as m${n} from '${name}'; if (Object.keys(m${n}).length === 0) throw new Error('${name} exports nothing');`,
      )
      .join('\n'),
  );
  writeFileSync(
    path.join(projectDir, 'all.cjs'),
    names
      .map((name) => `if (Object.keys(require('${name}')).length === 0) throw new Error('${name} exports nothing');`)
      .join('\n'),
  );
  run(process.execPath, ['all.mjs'], projectDir);
  run(process.execPath, ['all.cjs'], projectDir);
  unpackInThreads(projectDir);
  for (const name of ['ww', 'wheelwright']) {
    const command = path.join(projectDir, 'node_modules', '.bin', name);
    expect(run(command, ['--version'], projectDir).trim()).toMatch(/^\d+\.\d+\.\d+/);
    expect(run(command, ['--help'], projectDir)).toContain('install');
  }
  const commandDir = path.join(projectDir, 'node_modules', 'wheelwright', 'dist', 'command');
  expect(readFileSync(path.join(commandDir, 'THIRD_PARTY_NOTICES.txt'), 'utf8')).toContain('tar-stream');
  for (const version of otherNodes) runOnNode(version, projectDir);
  for (const pack of packs) {
    run(path.join(root, 'node_modules', '.bin', 'publint'), ['run', pack, '--strict'], root);
    run(path.join(root, 'node_modules', '.bin', 'attw'), [pack, '--no-emoji', '--no-color'], root);
  }
});

/** Every package imports, and the command makes an environment, fills it and empties it without a word of complaint. */
function runOnNode(version: string, projectDir: string): void {
  const runtimeDir = path.join(temporaryDir(), version);
  mkdirSync(runtimeDir);
  writeFileSync(path.join(runtimeDir, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', `node@${version}`], runtimeDir);
  const node = path.join(runtimeDir, 'node_modules', 'node', 'bin', 'node');
  expect(run(node, ['--version'], projectDir)).toBe(`v${version}\n`);
  run(node, ['all.mjs'], projectDir);
  run(node, ['all.cjs'], projectDir);
  const wheelPath = writeWheel(runtimeDir, { name: 'demo' });
  const ww = path.join(projectDir, 'node_modules', 'wheelwright', 'dist', 'command', 'bin', 'ww.js');
  const env = { ...process.env, HOME: runtimeDir, PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1' };
  for (const args of [['venv'], ['install', wheelPath], ['install', wheelPath], ['uninstall', 'demo'], ['list']]) {
    const { status, stderr } = spawnSync(node, [ww, ...args], { cwd: runtimeDir, env, encoding: 'utf8' });
    expect({ args, status, complaint: /error|warning/i.exec(stderr)?.[0] }).toEqual({
      args,
      status: 0,
      complaint: undefined,
    });
  }
}

/** Each build of the store finds the file for threads beside itself: what they did they say. */
function unpackInThreads(projectDir: string): void {
  const distDir = path.join(projectDir, 'node_modules', '@wheelwright', 'store', 'dist');
  const wheelPath = writeWheel(projectDir, { name: 'demo', files: { 'demo.bin': randomBytes(2_000_000) } });
  const program = (kind: string) => `
    const store = await openStore(${JSON.stringify(path.join(projectDir, `store-${kind}`))});
    const wheel = await store.addWheel(${JSON.stringify(wheelPath)});
    console.log(store.checkWheel(wheel).length, 'changed');
    store.close();`;
  writeFileSync(
    path.join(projectDir, 'threads.mjs'),
    `import { openStore } from '@wheelwright/store'; ${program('esm')}`,
  );
  writeFileSync(
    path.join(projectDir, 'threads.cjs'),
    `const { openStore } = require('@wheelwright/store'); (async () => {${program('cjs')} })();`,
  );
  const saying = (name: string) => `\n{
    const { parentPort } = process.getBuiltinModule('node:worker_threads');
    const { writeSync } = process.getBuiltinModule('node:fs');
    parentPort.on('message', () => writeSync(1, '${name} '));
  }\n`;
  for (const name of ['js', 'cjs']) appendFileSync(path.join(distDir, `unpack-worker.${name}`), saying(name));
  expect(run(process.execPath, ['threads.mjs'], projectDir)).toMatch(/^(js )+0 changed\n$/);
  expect(run(process.execPath, ['threads.cjs'], projectDir)).toMatch(/^(cjs )+0 changed\n$/);
}

/** The bytes of all files below `dir`, without koffi, which is optional. */
function sizeOf(dir: string): number {
  const entries = readdirSync(dir, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const ours = files.filter((file) => !/node_modules\/(?:koffi|@koromix)\//.test(file));
  return ours.reduce((sum, file) => sum + statSync(file).size, 0);
}

function run(command: string, args: readonly string[], cwd: string): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  // turbo looks for the package manager on the search path.
  const searchPath = [path.join(modulesDir, '.bin'), env.PATH].join(path.delimiter);
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...env, PATH: searchPath, TURBO_TELEMETRY_DISABLED: '1' },
  });
}

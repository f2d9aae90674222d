// What npm users get: every published package packed, all packs installed into an empty project, each imported from ESM
// and by `require`, and the command and the embedding examples run, on each runtime. Needs the npm registry for the third parties; without it this fails, it does not skip.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedWheels } from '@wheelwright/testkit/pinned';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
  packageManager: string;
};
const modulesDir = path.join(root, '.cache', packageManager.replace('@', '-'), 'node_modules');
const pnpm = path.join(modulesDir, 'pnpm', 'bin', 'pnpm.cjs');
const packages = readdirSync(path.join(root, 'packages')).filter((name) => name !== 'testkit' && name !== 'README.md');

/**
 * Other runtimes on which the packs run, as npm has them; the Node that runs this test is the oldest that is supported.
 * `words` stands before the file that a runtime runs.
 */
const runtimes = [
  { name: 'node', version: '22.23.3', words: [] },
  { name: 'node', version: '24.21.0', words: [] },
  { name: 'node', version: '26.10.0', words: [] },
  { name: 'bun', version: '1.4.5', words: [] },
  { name: 'deno', version: '2.9.6', words: ['run', '--allow-all'] },
];

/** The CommonJS build is compact, and its errors have their names. */
const checkErrors = `
function checkErrors(exported) {
  for (const [name, value] of Object.entries(exported)) {
    if (typeof value !== 'function' || !(value.prototype instanceof Error)) continue;
    const error = new value('CODE', 'message');
    if (error.name !== name) throw new Error(name + ' calls itself ' + error.name);
  }
}`;

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
      .concat(
        names.map((name) => `checkErrors(require('${name}'));`),
        checkErrors,
      )
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
  embed([process.execPath], path.join(workingDir, 'embedded'), projectDir);
  for (const runtime of runtimes) runOn(runtime, projectDir);
  for (const pack of packs) {
    run(path.join(root, 'node_modules', '.bin', 'publint'), ['run', pack, '--strict'], root);
    run(path.join(root, 'node_modules', '.bin', 'attw'), [pack, '--no-emoji', '--no-color'], root);
  }
});

/** Every package imports, the command makes an environment, fills it and empties it, and the examples run. */
function runOn({ name, version, words }: (typeof runtimes)[number], projectDir: string): void {
  const runtimeDir = path.join(temporaryDir(), `${name}-${version}`);
  mkdirSync(runtimeDir);
  writeFileSync(path.join(runtimeDir, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--no-audit', '--no-fund', '--silent', `${name}@${version}`], runtimeDir);
  const runtime = path.join(runtimeDir, 'node_modules', '.bin', name);
  expect(run(runtime, ['--version'], projectDir)).toContain(version);
  for (const file of ['all.mjs', 'all.cjs']) run(runtime, [...words, file], projectDir);
  const wheelPath = writeWheel(runtimeDir, { name: 'demo' });
  const ww = path.join(projectDir, 'node_modules', 'wheelwright', 'dist', 'command', 'bin', 'ww.js');
  const env = { ...process.env, HOME: runtimeDir, PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1' };
  for (const args of [['venv'], ['install', wheelPath], ['install', wheelPath], ['uninstall', 'demo'], ['list']]) {
    const { status, stderr } = spawnSync(runtime, [...words, ww, ...args], { cwd: runtimeDir, env, encoding: 'utf8' });
    expect({ name, version, args, status, complaint: /error|warning/i.exec(stderr)?.[0] }).toEqual({
      name,
      version,
      args,
      status: 0,
      complaint: undefined,
    });
  }
  embed([runtime, ...words], path.join(runtimeDir, 'embedded'), projectDir);
}

/** Runs the embedding programs of `examples/` against the packs: they lock, write, build and install. */
function embed([runtime = '', ...words]: readonly string[], workDir: string, projectDir: string): void {
  mkdirSync(workDir);
  for (const wheel of pinnedWheels('setuptools')) copyFileSync(wheel, path.join(workDir, path.basename(wheel)));
  cpSync(path.join(root, 'examples', 'orrery'), path.join(workDir, 'tree'), { recursive: true });
  const env = { HOME: workDir, PIP_CONFIG_FILE: '/dev/null', PIP_NO_INDEX: '1', PIP_FIND_LINKS: workDir };
  const main = (example: string, ...args: readonly string[]): string => {
    // Beside the packs, so that the program's imports are theirs.
    const program = path.join(projectDir, `${example}.mjs`);
    const source = readFileSync(path.join(root, 'examples', example, 'main.ts'), 'utf8');
    writeFileSync(program, transformSync(source, { loader: 'ts', format: 'esm' }).code);
    return run(runtime, [...words, program, ...args], workDir, env);
  };
  for (const count of ['1', '2']) {
    main('embed-lock', 'counter.txt');
    expect(readFileSync(path.join(workDir, 'counter.txt'), 'utf8')).toBe(`${count}\n`);
  }
  main('embed-atomic-write', 'site', '7');
  expect(readFileSync(path.join(workDir, 'site', 'index.html'), 'utf8')).toBe('index.html of 7\n');
  expect(main('embed-build', 'tree', 'cache')).toContain('orrery-1.4.0-py3-none-any.whl (orrery 1.4.0,');
  const built = path.join(workDir, 'dist', 'orrery-1.4.0-py3-none-any.whl');
  expect(main('embed-install', 'env', built)).toBe('orrery 1.4.0\n');
  expect(run(path.join(workDir, 'env', 'bin', 'python'), ['-c', 'import orrery'], workDir)).toBe('');
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

function run(command: string, args: readonly string[], cwd: string, variables: NodeJS.ProcessEnv = {}): string {
  const { NODE_OPTIONS: _, ...env } = process.env;
  // turbo looks for the package manager on the search path.
  const searchPath = [path.join(modulesDir, '.bin'), env.PATH].join(path.delimiter);
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...env, PATH: searchPath, TURBO_TELEMETRY_DISABLED: '1', ...variables },
  });
}

// What npm users get: every published package packed, all packs installed into an empty project, and each imported from
// ESM and by `require`. Needs the npm registry for the third parties; without it this fails, it does not skip.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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
  for (const pack of packs) {
    run(path.join(root, 'node_modules', '.bin', 'publint'), ['run', pack, '--strict'], root);
    run(path.join(root, 'node_modules', '.bin', 'attw'), [pack, '--no-emoji', '--no-color'], root);
  }
});

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

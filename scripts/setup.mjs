// Everything a fresh checkout needs, from Node and npm alone: pnpm, the dependencies, the command's bundle.
// `npm run setup`, `npm run demo` and `npm test` all start here; each step is skipped when its inputs are unchanged.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
const cacheDir = path.join(root, '.cache');

/** Runs one command in the checkout; ends this process with its status when it fails. */
export function run(command, args, options = {}) {
  const { quiet = false, env = process.env } = options;
  const result = spawnSync(command, args, {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    maxBuffer: 1 << 28,
  });
  if (result.error === undefined && result.status === 0) return result.stdout ?? '';
  process.stderr.write(
    `${result.stdout ?? ''}${result.stderr ?? ''}\n${command} ${args.join(' ')} failed: ${result.error?.message ?? `exit ${result.status ?? result.signal}`}\n`,
  );
  process.exit(result.status || 1);
}

/** The pnpm that package.json names, installed beside the checkout's caches where it is not there yet. */
export function ensurePnpm() {
  const { packageManager } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  const version = packageManager.split('@')[1];
  const toolDir = path.join(cacheDir, `pnpm-${version}`);
  const script = path.join(toolDir, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
  if (!existsSync(script)) {
    say(`installing pnpm ${version}`);
    mkdirSync(toolDir, { recursive: true });
    writeFileSync(path.join(toolDir, 'package.json'), '{ "private": true }\n');
    const npm = process.env.npm_execpath?.endsWith('.js') ? [process.execPath, process.env.npm_execpath] : ['npm'];
    run(
      npm[0],
      [...npm.slice(1), 'install', '--prefix', toolDir, '--no-audit', '--no-fund', '--silent', `pnpm@${version}`],
      { quiet: true },
    );
  }
  return script;
}

/** Runs pnpm with these arguments. */
export function pnpm(args, options) {
  return run(process.execPath, [ensurePnpm(), ...args], options);
}

/** Brings the checkout to where `node apps/cli/bin/ww.js` runs. */
export function setUp() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`Node 20.19 or newer is needed; this is ${process.versions.node}.\n`);
    process.exit(2);
  }
  once(
    'dependencies',
    [path.join(root, 'pnpm-lock.yaml'), ...manifests()],
    path.join(root, 'node_modules', '.modules.yaml'),
    () => {
      say('installing dependencies');
      pnpm(['install', '--frozen-lockfile', '--reporter=silent'], { quiet: true, env: { ...process.env, CI: 'true' } });
    },
  );
  once('command', sources(), path.join(root, 'apps', 'cli', 'dist', 'main.cjs'), () => {
    say('bundling the command');
    run(process.execPath, [path.join(root, 'apps', 'cli', 'build.mjs')], { quiet: true });
  });
}

/** Runs `step` unless it ran before on these very files and its product is still there. */
function once(name, inputs, product, step) {
  const digest = createHash('sha256');
  for (const file of inputs) digest.update(`${path.relative(root, file)}\0`).update(readFileSync(file));
  const fingerprint = `${process.versions.node} ${digest.digest('hex')}\n`;
  const stamp = path.join(cacheDir, `${name}.stamp`);
  if (existsSync(product) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint) return;
  step();
  mkdirSync(cacheDir, { recursive: true });
  writeFileSync(stamp, fingerprint);
}

function manifests() {
  return ['packages', 'apps']
    .flatMap((row) => readdirSync(path.join(root, row)).map((name) => path.join(root, row, name, 'package.json')))
    .filter((file) => existsSync(file));
}

function sources() {
  const found = [path.join(root, 'apps', 'cli', 'build.mjs'), ...manifests()];
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true })) {
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) walk(file);
      else found.push(file);
    }
  };
  for (const manifest of manifests()) {
    const src = path.join(path.dirname(manifest), 'src');
    if (existsSync(src)) walk(src);
  }
  return found.sort();
}

function say(text) {
  process.stderr.write(`setup: ${text}\n`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  setUp();
  say('ready: node apps/cli/bin/ww.js --help');
}

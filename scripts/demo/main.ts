// The main job, told as it happens: ten builds of one tree at once, wheels and real packages installed into an
// environment, an install killed half-way that leaves the environment as it was. Everything is in `.demo`.
import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareWheels } from '@wheelwright/archives';

const root = fileURLToPath(new URL('../..', import.meta.url));
const demoDir = path.join(root, '.demo');
const ww = path.join(root, 'apps', 'cli', 'bin', 'ww.js');
const treeDir = path.join(demoDir, 'tree');
const environmentDir = path.join(demoDir, 'environment');
const wheelName = 'orrery-1.4.0-py3-none-any.whl';
const packages = ['requests', 'rich', 'flask', 'attrs', 'pyyaml', 'packaging'];
const builds = 10;

const env: NodeJS.ProcessEnv = { ...process.env, WHEELWRIGHT_STORE: path.join(demoDir, 'store') };
delete env.VIRTUAL_ENV;
delete env.PYTHONDONTWRITEBYTECODE;

await main();

async function main(): Promise<void> {
  rmSync(path.join(demoDir, 'wheels'), { recursive: true, force: true });
  rmSync(environmentDir, { recursive: true, force: true });
  rmSync(treeDir, { recursive: true, force: true });
  mkdirSync(demoDir, { recursive: true });
  cpSync(path.join(root, 'examples', 'orrery'), treeDir, { recursive: true });

  say('\n1. One setuptools tree, built undisturbed, then ten times at once into ten folders');
  const undisturbed = await timed('   undisturbed', () =>
    run('build', '--wheel', '-o', outDir('undisturbed'), treeDir),
  );
  if (!undisturbed) return;
  const atOnce = await timed(`   ${builds} at once`, () =>
    Promise.all(Array.from({ length: builds }, (_, n) => run('build', '--wheel', '-o', outDir(`${n}`), treeDir))),
  );
  if (!atOnce) return;
  const reference = path.join(outDir('undisturbed'), wheelName);
  const differing = [];
  for (let n = 0; n < builds; n++)
    if ((await compareWheels(reference, path.join(outDir(`${n}`), wheelName))).length > 0) differing.push(n);
  say(`   ${builds - differing.length} of ${builds} equal the undisturbed wheel, by content`);
  const litter = readdirSync(treeDir).filter((name) => !['pyproject.toml', 'src'].includes(name));
  say(`   left behind in the tree: ${litter.length === 0 ? 'nothing' : litter.join(', ')}`);
  if (differing.length + litter.length > 0) return fail('The builds disturbed one another.');

  say(`\n2. An environment, and in it that wheel with ${packages.join(', ')}`);
  if (!(await timed('   ww venv', () => run('venv', environmentDir)))) return;
  if (!(await timed('   ww install', () => run('install', '-p', environmentDir, reference, ...packages)))) return;
  const before = await output(ww, 'list', '-p', environmentDir, '--format', 'freeze');
  say(`   ${before.trim().split('\n').length} distributions, generation ${generation()}`);

  say('\n3. An install killed half-way');
  const killed = await killHalfWay('install', '-p', environmentDir, '--force-reinstall', ...packages, 'httpx');
  say(`   SIGKILL ${killed ? 'while the next generation was being staged' : 'came too late: the install was done'}`);
  const after = await output(ww, 'list', '-p', environmentDir, '--format', 'freeze');
  const imports = await output(
    path.join(environmentDir, 'bin', 'python'),
    '-c',
    'import orrery, requests, rich, flask, attrs, yaml; print("imports work")',
  );
  say(`   the environment ${after === before ? 'is as it was' : 'DIFFERS'}; ${imports.trim()}`);
  if (killed && after !== before) return fail('The killed install changed the environment.');
  if (!(await timed('   the same install again', () => run('install', '-p', environmentDir, 'httpx')))) return;
  const left = ['staging', 'trash'].flatMap((name) => list(path.join(environmentDir, '.wheelwright', name)));
  if (!(await timed('   ww verify', () => run('verify', '-p', environmentDir)))) return;
  say(`   left over from the killed one: ${left.length === 0 ? 'nothing' : left.join(', ')}`);

  say(`\nThe environment: ${environmentDir}`);
  say(`Try: ${path.relative(process.cwd(), path.join(environmentDir, 'bin', 'orrery'))} 2026-07-01`);
}

function outDir(name: string): string {
  return path.join(demoDir, 'wheels', name);
}

function generation(): string {
  const generations = list(path.join(environmentDir, '.wheelwright', 'generations')).map(Number);
  return String(Math.max(...generations));
}

function list(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir) : [];
}

/** Starts `ww`, kills it as soon as it stages a generation; whether it was killed before its end. */
async function killHalfWay(...args: string[]): Promise<boolean> {
  const known = new Set([
    ...list(path.join(environmentDir, '.wheelwright', 'generations')),
    ...list(path.join(environmentDir, '.wheelwright', 'staging')),
  ]);
  const child = spawn(process.execPath, [ww, ...args], { env, stdio: 'ignore' });
  const ended = exit(child);
  const poll = setInterval(() => {
    const now = [
      ...list(path.join(environmentDir, '.wheelwright', 'generations')),
      ...list(path.join(environmentDir, '.wheelwright', 'staging')),
    ];
    if (now.some((name) => !known.has(name))) child.kill('SIGKILL');
  }, 1);
  const { signal } = await ended;
  clearInterval(poll);
  return signal === 'SIGKILL';
}

async function run(...args: string[]): Promise<boolean> {
  const child = spawn(process.execPath, [ww, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [{ code }, text] = await Promise.all([exit(child), collect(child)]);
  if (code !== 0) fail(`ww ${args.join(' ')} ended with ${code}:\n${text}`);
  return code === 0;
}

async function output(command: string, ...args: string[]): Promise<string> {
  const [program, ...rest] = command.endsWith('.js') ? [process.execPath, command, ...args] : [command, ...args];
  const child = spawn(program as string, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [, text] = await Promise.all([exit(child), collect(child)]);
  return text;
}

async function collect(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (data) => {
    text += data;
  });
  child.stderr?.on('data', (data) => {
    text += data;
  });
  await exit(child);
  return text;
}

function exit(child: ChildProcess): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}

/** Runs one step and says how long it took; whether all of it went well. */
async function timed(title: string, step: () => Promise<boolean | boolean[]>): Promise<boolean> {
  const started = performance.now();
  const result = await step();
  const well = Array.isArray(result) ? result.every((one) => one) : result;
  if (well) say(`${title.padEnd(28)} ${((performance.now() - started) / 1000).toFixed(2)} s`);
  return well;
}

function fail(text: string): void {
  process.stderr.write(`\n${text}\n`);
  process.exitCode = 1;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

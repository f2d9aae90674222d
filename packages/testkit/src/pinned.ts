// Wheels from a package index, for tests that need real ones: an oracle, a build backend, a program that works beside
// this one. Each file has its version and SHA-256 in pinned.txt, so that no release of another project changes a result;
// `pnpm test:newest` takes the newest releases instead. pip downloads them once per checkout, from the index it is set to.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPython, type HostPython } from './find-python.ts';

/** Names the directory of a run with the newest releases; `pnpm test:newest` sets it. */
export const newestVariable = 'WHEELWRIGHT_TEST_NEWEST';

const pinsFile = fileURLToPath(new URL('../pinned.txt', import.meta.url));
/** Earlier versions, wanted by `name==version`. */
const earlierPinsFile = fileURLToPath(new URL('../pinned-earlier.txt', import.meta.url));
const cacheDir = fileURLToPath(new URL('../../../.cache/pinned', import.meta.url));

/**
 * The wheels of these projects and of all that they require, for the Python of {@link pinnedPython}: absolute paths,
 * sorted. A name may be `name==version` of pinned-earlier.txt, which is fetched alone. Throws with pip's own words where a
 * download fails or a file has another hash than the pins state.
 */
export function pinnedWheels(...names: readonly string[]): readonly string[] {
  const earlier = names.filter((name) => name.includes('=='));
  const others = names.filter((name) => !name.includes('=='));
  return [...(others.length > 0 ? wheelsOf(others) : []), ...earlier.flatMap((name) => wheelsOf([name]))];
}

function wheelsOf(names: readonly string[]): readonly string[] {
  const isNewest = process.env[newestVariable] !== undefined && !names.some((name) => name.includes('=='));
  const dir = isNewest ? fetchNewest(names) : fetchPinned(names);
  return readdirSync(dir)
    .filter((name) => name.endsWith('.whl'))
    .sort()
    .map((name) => path.join(dir, name));
}

/**
 * A directory with the content of those wheels, for `PYTHONPATH`. Wheels are unpacked as they are: their scripts and
 * data stay in `*.data`.
 */
export function pinnedLibrary(...names: readonly string[]): string {
  const wheels = pinnedWheels(...names);
  const library = path.join(path.dirname(wheels[0]!), 'library');
  if (existsSync(library)) return library;
  const staged = mkdtempSync(`${library}-`);
  for (const wheel of wheels) run(['-m', 'zipfile', '-e', wheel, staged]);
  return publish(staged, library);
}

/**
 * A directory with these programs, for the search path: `uv` from its wheel, any other project as `python -m` of its
 * module. They run wherever the wheels do.
 */
export function pinnedCommands(...names: readonly string[]): string {
  const library = pinnedLibrary(...names);
  const bin = path.join(path.dirname(library), 'bin');
  if (existsSync(bin)) return bin;
  const staged = mkdtempSync(`${bin}-`);
  for (const name of names) {
    const program = binaryOf(library, name);
    const command = path.join(staged, name);
    if (program === undefined) writeFileSync(command, moduleScript(name, library));
    else copyFileSync(program, command);
    chmodSync(command, 0o755);
  }
  chmodSync(staged, 0o755);
  return publish(staged, bin);
}

/** The first `python3` of the search path that has pip and is new enough for the pinned wheels: 3.10. */
export function pinnedPython(): HostPython {
  python ??= findPython('import pip, sys\nassert sys.version_info >= (3, 10)');
  if (python === undefined)
    throw new Error('The tests need a python3 of version 3.10 or newer with pip on the search path.');
  return python;
}

let python: HostPython | undefined;

function fetchPinned(names: readonly string[]): string {
  const lines = linesOf(names);
  return download(cacheDir, lines, ['--no-deps', '--require-hashes'], lines.join('\n'));
}

function fetchNewest(names: readonly string[]): string {
  return download(process.env[newestVariable]!, names, [], names.join('\n'));
}

// crash here: a directory with a random suffix stays, and no one looks into it.
function download(parent: string, requirements: readonly string[], options: readonly string[], key: string): string {
  const { executable } = pinnedPython();
  const digest = createHash('sha256').update(`${executable}\n${key}`).digest('hex').slice(0, 16);
  const dir = path.join(parent, digest);
  if (existsSync(dir)) return dir;
  mkdirSync(parent, { recursive: true });
  const staged = mkdtempSync(`${dir}-`);
  const wanted = path.join(staged, 'requirements.txt');
  writeFileSync(wanted, `${requirements.join('\n')}\n`);
  const common = ['-q', '--disable-pip-version-check', '--only-binary', ':all:'];
  run(['-m', 'pip', 'download', ...common, ...options, '-d', staged, '-r', wanted]);
  return publish(staged, dir);
}

// Two workers may do the same at once: the first one's directory stands.
function publish(staged: string, dir: string): string {
  try {
    renameSync(staged, dir);
  } catch (error) {
    if (!existsSync(dir)) throw error;
    rmSync(staged, { recursive: true, force: true });
  }
  return dir;
}

function run(words: readonly string[]): void {
  const { PYTHONDONTWRITEBYTECODE: _, PIP_NO_INDEX: __, ...env } = process.env;
  const { status, stderr, error } = spawnSync(pinnedPython().executable, words, { encoding: 'utf8', env });
  if (status === 0) return;
  throw new Error(`python3 ${words.slice(0, 3).join(' ')} failed: ${error?.message ?? stderr.slice(-2000)}`);
}

/** The program `name` that a wheel brings in its scripts (`*.data/scripts`). */
function binaryOf(library: string, name: string): string | undefined {
  const dataDirs = readdirSync(library).filter((entry) => entry.endsWith('.data'));
  return dataDirs.map((entry) => path.join(library, entry, 'scripts', name)).find((file) => existsSync(file));
}

function moduleScript(module: string, library: string): string {
  return `#!/bin/sh\nPYTHONPATH='${library}' exec '${pinnedPython().executable}' -m ${module} "$@"\n`;
}

interface Pin {
  readonly name: string;
  /** The requirement with its hashes, as pip reads it. */
  readonly text: string;
  /** The pinned projects that require it. */
  readonly via: readonly string[];
}

/** The pins of `names` and of what they require. A project may have several, distinguished by markers. */
function linesOf(names: readonly string[]): readonly string[] {
  const pins = readPins();
  const wanted = new Set<string>();
  const visit = (name: string) => {
    if (wanted.has(name)) return;
    if (!pins.some((pin) => pin.name === name)) throw new Error(`bug: ${name} is not in ${pinsFile}.`);
    wanted.add(name);
    for (const pin of pins) if (pin.via.includes(name)) visit(pin.name);
  };
  for (const name of names) visit(name);
  return pins.filter((pin) => wanted.has(pin.name)).map((pin) => pin.text);
}

function readPins(): readonly Pin[] {
  return [...pinsIn(pinsFile), ...pinsIn(earlierPinsFile).map((pin) => ({ ...pin, name: pin.version }))];
}

function pinsIn(file: string): readonly (Pin & { readonly version: string })[] {
  const blocks = readFileSync(file, 'utf8').split(/^(?=[a-z0-9])/m);
  return blocks.slice(1).map((block) => {
    const lines = block.split('\n');
    const comments = lines
      .filter((line) => line.startsWith('    #'))
      .map((line) => line.replace(/^ *# *(?:via *)?/, ''));
    return {
      name: /^[a-z0-9-]+/.exec(block)![0],
      version: /^\S+/.exec(block)![0],
      text: lines.filter((line) => line !== '' && !/^ *#/.test(line)).join('\n'),
      via: comments.filter((name) => name !== '' && !name.startsWith('-r ')),
    };
  });
}

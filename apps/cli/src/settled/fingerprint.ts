// What identifies a request and the files that its answer depends on, cheap enough to be compared before the command's
// bundle is loaded: no cryptography, one lstat a file.
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { isTerminal } from '../is-terminal.ts';

/** A file as lstat(2) saw it: device, inode, mode, size, and the times of content and inode; `-` where there is none. */
export type Identity = string;

/** The identity of whatever `file` names. A link is not followed. */
export function identityOf(file: string): Identity {
  const stat = lstatOf(file);
  if (stat === undefined) return '-';
  return `${stat.dev} ${stat.ino} ${stat.mode} ${stat.uid} ${stat.size} ${stat.mtimeMs} ${stat.ctimeMs}`;
}

/** When content, name or mode of `file` last changed, in ms since 1970; 0 where there is no file. */
export function changedAtMs(file: string): number {
  return lstatOf(file)?.ctimeMs ?? 0;
}

function lstatOf(file: string) {
  try {
    return lstatSync(file, { throwIfNoEntry: false });
  } catch {
    return undefined; // ENOTDIR, EACCES: the file is not there for this process
  }
}

/** Options that ask for nothing but an installation: with any other the long way decides what is to be done. */
const plainOptions = new Set([
  ...['-p', '--python', '-r', '--requirement', '-c', '--constraint', '-U', '--upgrade', '-q', '--quiet'],
  ...['-i', '--index-url', '--extra-index-url', '-f', '--find-links', '--no-index', '--pre', '--no-deps'],
  ...['--require-hashes', '--only-binary', '--no-binary', '--color', '--no-color', '--store', '--lock-timeout'],
]);

/** Whether every option of the words is one that a settled answer may stand for. */
export function isPlain(args: readonly string[]): boolean {
  return args.every((arg) => {
    if (!arg.startsWith('-')) return true;
    const name = arg.startsWith('--') ? arg.split('=', 1)[0] : arg.slice(0, 2);
    return plainOptions.has(name as string);
  });
}

/** The files that the words name as such: values of `-r` and `-c`, and what `sync` is given; absolute. */
export function namedFiles(args: readonly string[], workingDir: string): string[] {
  const found: string[] = [];
  for (const [n, arg] of args.entries()) {
    const match = /^(?:--requirement=|--constraint=|-[rc]=?)(.+)$/.exec(arg);
    if (['-r', '--requirement', '-c', '--constraint'].includes(arg)) found.push(args[n + 1] ?? '');
    else if (match !== null) found.push(match[1] as string);
  }
  if (args[0] === 'sync') found.push(...args.slice(1).filter((arg) => /\.(?:txt|in|toml|lock)$/.test(arg)));
  return found.map((file) => path.resolve(workingDir, file));
}

/** Variables that differ from one start to the next and that no command reads. */
const incidental = new Set(['_', 'SHLVL', 'PWD', 'OLDPWD', 'COLUMNS', 'LINES', 'WINDOWID', 'RANDOM', 'SECONDS']);

/** Names a request: the words after `ww`, where it was typed, and every variable of the process. Holds no secret itself. */
export function requestOf(args: readonly string[], surroundings: Surroundings): string {
  const { workingDir, variables, isTerminal } = surroundings;
  const named = Object.keys(variables)
    .filter((name) => !incidental.has(name))
    .sort()
    .map((name) => `${name}=${variables[name]}`);
  return digest(JSON.stringify([process.version, isTerminal, workingDir, args, named]));
}

/** What a request was typed in. */
export interface Surroundings {
  readonly workingDir: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Whether stdout and stderr are terminals: the words for people differ. */
  readonly isTerminal: readonly [boolean, boolean];
}

/** The surroundings of this process. */
export function readSurroundings(): Surroundings {
  return {
    workingDir: process.cwd(),
    variables: process.env,
    isTerminal: [isTerminal(1), isTerminal(2)],
  };
}

/** The environment that the command is about, as `findEnvironment` finds it; undefined in any doubt. */
export function environmentOf(args: readonly string[], { workingDir, variables }: Surroundings): string | undefined {
  const named = namedEnvironment(args);
  if (named === 'unclear') return undefined;
  if (named !== undefined) return environmentAt(path.resolve(workingDir, named));
  if (variables.VIRTUAL_ENV) return environmentAt(path.resolve(workingDir, variables.VIRTUAL_ENV));
  for (let dir = workingDir; ; dir = path.dirname(dir)) {
    if (identityOf(path.join(dir, '.venv')) !== '-') return environmentAt(path.join(dir, '.venv'));
    if (dir === path.dirname(dir)) return undefined;
  }
}

/** The value of `-p`; `'unclear'` where it stands twice, or within a cluster of letters. */
function namedEnvironment(args: readonly string[]): string | undefined {
  const found: string[] = [];
  for (const [n, arg] of args.entries()) {
    const match = /^(?:--python=|-p=?)(.+)$/.exec(arg);
    if (arg === '-p' || arg === '--python') found.push(args[n + 1] ?? '');
    else if (match !== null) found.push(match[1] as string);
    else if (/^-[a-z]*p/i.test(arg) && !arg.startsWith('--')) return 'unclear';
  }
  return found.length > 1 || found[0] === '' ? 'unclear' : found[0];
}

function environmentAt(dir: string): string | undefined {
  return identityOf(path.join(dir, '.wheelwright', 'format')) === '-' ? undefined : dir;
}

/** Files of an environment with generations that a command with nothing to do looks at. */
export function environmentFiles(dir: string): string[] | undefined {
  const root = path.join(dir, '.wheelwright');
  const generation = linkOf(path.join(root, 'current'));
  const sitePackages = generation && sitePackagesIn(path.join(root, generation, 'lib'));
  if (generation === undefined || sitePackages === undefined) return undefined;
  const metadata = namesIn(sitePackages)
    .filter((name) => /\.(?:dist-info|egg-info|egg-link|egg|pth)$/.test(name))
    .flatMap((name) => [name, ...metadataIn(sitePackages, name)]);
  return [
    ...['', 'pyvenv.cfg', 'bin', 'lib', path.join('bin', 'python')].map((name) => path.join(dir, name)),
    ...['format', 'current', 'generations', 'staging', 'trash', 'work'].map((name) => path.join(root, name)),
    ...['', 'bin', 'generation.json', '.committed'].map((name) => path.join(root, generation, name)),
    sitePackages,
    ...metadata.map((name) => path.join(sitePackages, name)),
  ];
}

const metadataFiles = new Set([
  'METADATA',
  'RECORD',
  'INSTALLER',
  'REQUESTED',
  'direct_url.json',
  'entry_points.txt',
  'PKG-INFO',
]);

// Only those that are there: one that comes changes the directory, which is among the files too.
function metadataIn(sitePackages: string, name: string): string[] {
  const within = name.endsWith('.egg') ? [name, path.join(name, 'EGG-INFO')] : [name];
  const found = within.flatMap((directory) =>
    namesIn(path.join(sitePackages, directory))
      .filter((file) => metadataFiles.has(file))
      .map((file) => path.join(directory, file)),
  );
  return [...within.slice(1), ...found];
}

function sitePackagesIn(lib: string): string | undefined {
  // Packages that are shared lie behind a link, where more than names and metadata decides: the long way looks.
  if (linkOf(lib) !== undefined) return undefined;
  const [python, ...others] = namesIn(lib).filter((name) => /^(?:python|pypy)\d/.test(name));
  return python === undefined || others.length > 0 ? undefined : path.join(lib, python, 'site-packages');
}

function linkOf(file: string): string | undefined {
  try {
    return readlinkSync(file);
  } catch {
    return undefined;
  }
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

/** 106 bits of a text, by two runs of a multiplicative hash. A request is compared, never trusted, so this need not be secret. */
function digest(text: string): string {
  return `${hash53(text, 0x9747b28c)}-${hash53(text, 0x1b873593)}`;
}

function hash53(text: string, seed: number): string {
  let high = 0xdeadbeef ^ seed;
  let low = 0x41c6ce57 ^ seed;
  for (let n = 0; n < text.length; n++) {
    const code = text.charCodeAt(n);
    high = Math.imul(high ^ code, 2654435761);
    low = Math.imul(low ^ code, 1597334677);
  }
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909);
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909);
  return (4294967296 * (2097151 & low) + (high >>> 0)).toString(36);
}

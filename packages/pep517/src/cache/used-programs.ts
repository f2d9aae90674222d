// What the programs that a build started have used, as far as their names and arguments tell: paths, libraries,
// variables, and whether all of it can be told at all. A script in the tree is read for the paths and variables it names.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { StartedProgram } from '../runner/read-notes.ts';

/** What a program used. */
export interface ProgramUses {
  /** Absolute; the copy's path for what lies in the copy. Paths that may not be there are among `candidates`. */
  readonly paths: readonly string[];
  /** Absolute: places where something was looked for, there or not. */
  readonly candidates: readonly string[];
  readonly variables: readonly string[];
  /** Why what it used cannot be observed. */
  readonly facts: readonly string[];
}

/** Programs that call others by name, of which nobody tells. */
export const callsOthers =
  /^(meson|cmake|ninja|g?make|cargo|rustc|maturin|scons|bazel|sh|bash|dash|configure|python[\d.]*|nvcc)$/;
const compiles = /^(.*-)?(cc|gcc|g\+\+|c\+\+|clang|clang\+\+|ld|cpp|gfortran|f2py|rustc|nvcc)(-[\d.]+)?$/;
const python = /^(python|pypy)[\d.]*$/;
const interprets = /^(sh|bash|dash|zsh|ksh|g?make|perl|ruby|node|g?awk|configure)$/;
const usesNetwork = /^(curl|wget|pip[\d.]*|uv|npm|pnpm|yarn|ssh|rsync|docker)$/;
const tellsTime = /^(date|uptime|ps|hostname|whoami|id|logname|who|uuidgen|mktemp|free|df)$/;
const largestScript = 2 << 20;

/** What the arguments of one call tell. */
export function usesOf(program: StartedProgram, searchPath: Readonly<Record<string, string | undefined>>): ProgramUses {
  const { name, cwd, words } = program;
  const base = path.basename(name);
  const facts = factsOf(program);
  if (base === 'git') return { paths: [], candidates: [], variables: [], facts };
  const script = interprets.test(base) && words[0] === '-c' ? (words[1] ?? '') : '';
  const texts = [script, ...scriptsOf(program).map(readScript)];
  const tokens = [...words.flatMap(withoutOption), ...texts.flatMap(tokensOf)];
  const paths = tokens.filter((word) => word !== '' && word.length < 1000).map((word) => path.resolve(cwd, word));
  if (name.includes('/')) paths.push(name);
  const variables = texts.flatMap((text) => [...text.matchAll(/\$[({]?([A-Za-z_]\w*)/g)].map(([, found]) => found!));
  if (base === 'env' || base === 'printenv') variables.push(...(words.length === 0 ? ['*'] : words));
  return {
    paths: [...new Set(paths)].filter((file) => existsSync(file)),
    candidates: [
      ...(compiles.test(base) ? librariesOf(words, cwd) : []),
      ...(/^pkg-?conf(ig)?$/.test(base) ? packageFilesOf(words, searchPath) : []),
    ],
    variables: [...new Set(variables)],
    facts: [...facts, ...texts.flatMap(factsOfScript)],
  };
}

/** What commands of a script tell: those at the beginning of a line, a pipe, a substitution. */
function factsOfScript(text: string): string[] {
  const commands = [...text.matchAll(/(?:^|[;&|(`]|\bexec\s|@)[ \t]*([\w.-]+)(?=[\s;|&)`]|$)/gm)].map(
    ([, name]) => name!,
  );
  return commands.flatMap((name) => factsOf({ name, cwd: '/', isWatched: true, words: [] }));
}

function factsOf({ name, words, isWatched }: StartedProgram): string[] {
  const base = path.basename(name);
  const facts: string[] = [];
  if (usesNetwork.test(base)) facts.push(`${base} was started, which uses the network`);
  if (tellsTime.test(base)) facts.push(`${base} was started, which tells what is another each time`);
  if (!isWatched && (python.test(base) || compiles.test(base) || callsOthers.test(base)))
    facts.push(`${base} was started with variables of its own, so that what it uses is not seen`);
  const end = words.findIndex((word) => !word.startsWith('-') || word === '-c' || word === '-m');
  const options = words.slice(0, end === -1 ? words.length : end);
  if (python.test(base) && options.some((word) => /^-[A-Za-z]*[IES]/.test(word) && !/^-[WX]/.test(word)))
    facts.push(`${base} was started apart from the variables (${options.join(' ')}), so that what it uses is not seen`);
  return facts;
}

/** `-I../x`, `--from=../x` and `../x` name the same place. */
function withoutOption(word: string): string[] {
  const [, value] = /^-{1,2}[\w-]*?=?((?:\/|\.\.?\/).*)$/.exec(word) ?? [];
  return [value ?? (word.startsWith('-') ? '' : word)];
}

function tokensOf(text: string): string[] {
  return text.split(/[\s"'`;|&()<>=,:]+/).filter((token) => token.includes('/') && !/[$*?{}[\]\\]/.test(token));
}

/** Files that an interpreter runs: named to it, or itself; make reads its own. */
function scriptsOf({ name, cwd, words }: StartedProgram): string[] {
  const base = path.basename(name);
  const named = interprets.test(base) ? words.map((word) => path.resolve(cwd, word)) : [];
  const made = /^g?make$/.test(base) ? namesIn(cwd).filter((each) => /^(GNU|)[Mm]akefile$|\.mk$/.test(each)) : [];
  const own = name.includes('/') ? [name] : [];
  return [...own, ...named, ...made.map((each) => path.join(cwd, each))];
}

function namesIn(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error)) return [];
    throw error;
  }
}

/** Its text; nothing of a binary. */
function readScript(file: string): string {
  try {
    const stats = statSync(file);
    if (!stats.isFile() || stats.size > largestScript) return '';
    const text = readFileSync(file, 'utf8');
    return text.slice(0, 1024).includes('\0') ? '' : text;
  } catch (error) {
    if (isErrno(error)) return '';
    throw error;
  }
}

const multiarch = ['x86_64-linux-gnu', 'aarch64-linux-gnu'];
const libraryDirs = [
  ...['/usr/local/lib', ...multiarch.flatMap((name) => [`/lib/${name}`, `/usr/lib/${name}`])],
  ...['/lib', '/usr/lib', '/lib64', '/usr/lib64'],
];

/** Where a linker looks for `-l…`: each place up to the first that has it. */
function librariesOf(words: readonly string[], cwd: string): string[] {
  const named = words.flatMap((word, at) =>
    word === '-L' ? (words[at + 1] ?? []) : (/^-L(.+)/.exec(word)?.[1] ?? []),
  );
  const dirs = [...named.map((dir) => path.resolve(cwd, dir)), ...libraryDirs];
  const wanted = words.flatMap((word, at) =>
    word === '-l' ? (words[at + 1] ?? []) : (/^-l(.+)/.exec(word)?.[1] ?? []),
  );
  return [...new Set(wanted)].flatMap((name) => {
    const names = name.startsWith(':') ? [name.slice(1)] : [`lib${name}.so`, `lib${name}.a`];
    return upToFirst(dirs.flatMap((dir) => names.map((each) => path.join(dir, each))));
  });
}

/** Where pkg-config looks for what it is asked for. */
function packageFilesOf(words: readonly string[], variables: Readonly<Record<string, string | undefined>>): string[] {
  const split = (name: string) => (variables[name] ?? '').split(':').filter((dir) => path.isAbsolute(dir));
  const usual = [...libraryDirs, '/usr/local/share', '/usr/share'].map((dir) => `${dir}/pkgconfig`);
  const own = split('PKG_CONFIG_LIBDIR');
  const dirs = [...split('PKG_CONFIG_PATH'), ...(own.length > 0 ? own : usual)];
  const found = new Set<string>();
  const wanted = words.filter((word) => /^[\w.+-]+$/.test(word) && !word.startsWith('-'));
  const asked = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (asked.has(name)) continue;
    asked.add(name);
    const places = upToFirst(dirs.map((dir) => path.join(dir, `${name}.pc`)));
    for (const place of places) found.add(place);
    const requires = readScript(places.at(-1) ?? '').match(/^Requires(\.private)?:.*$/gm) ?? [];
    wanted.push(...requires.flatMap((line) => line.replace(/^.*?:/, '').match(/[A-Za-z][\w.+-]*/g) ?? []));
  }
  return [...found];
}

function upToFirst(files: readonly string[]): string[] {
  const at = files.findIndex((file) => existsSync(file));
  return files.slice(0, at === -1 ? files.length : at + 1);
}

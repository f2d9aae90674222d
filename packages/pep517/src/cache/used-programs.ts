// What the programs that a build started have used, as far as their names, arguments and scripts tell. A program of which
// that cannot be determined is a reason not to cache the build.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { FileUse, StartedProgram } from '../runner/read-notes.ts';
import { cargoFilesOf, includeDirsOf, librariesOf, packageDirsOf, packageFilesOf } from './compiler-inputs.ts';
import { isExecutable } from './path-state.ts';
import { kindOfProgram } from './program-kinds.ts';
import { readScript } from './read-script.ts';
import { makeAsShell, type ScriptCall, scriptUses } from './used-scripts.ts';

/** What programs used. */
export interface ProgramUses {
  /** Absolute; the copy's path for a file in the copy. Some may not exist. */
  readonly files: readonly (readonly [path: string, use: FileUse])[];
  readonly variables: readonly string[];
  /** Why what it used cannot be observed. */
  readonly facts: readonly string[];
  /** The programs, and those that they start by name. */
  readonly calls: readonly StartedProgram[];
}

/** Where programs are looked for. */
export interface ProgramPlace {
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The scripts directory of the build environment and the caller's directories, in order. */
  readonly searchPath: readonly string[];
}

/** Collects while calls are visited. */
export interface UsesSoFar extends ProgramPlace {
  readonly files: (readonly [string, FileUse])[];
  readonly variables: Record<string, string | undefined>;
  readonly read: Set<string>;
  readonly facts: Set<string>;
  readonly calls: StartedProgram[];
  /** The scripts that were examined, each with the directory and the variables that it was started with. */
  readonly scripts: Set<string>;
}

const deepest = 8;
/** Programs that build tools make and start to see how the compiler works. */
const checksOfTools = /\/(meson-private|CMakeFiles|CMakeScratch)\/|\/(a\.out|conftest[\w.]*)$/;

/** What all programs of one build used. */
export function usesOf(programs: readonly StartedProgram[], place: ProgramPlace): ProgramUses {
  const so: UsesSoFar = { ...place, files: [], read: new Set(), facts: new Set(), calls: [], scripts: new Set() };
  for (const program of programs) visit({ ...program, unknown: false }, so, 0);
  return { files: so.files, variables: [...so.read], facts: [...so.facts], calls: so.calls };
}

function visit(call: ScriptCall, so: UsesSoFar, depth: number): void {
  const { name, cwd, words, isWatched, unknown } = call;
  const base = path.basename(name);
  const kind = kindOfProgram(base);
  so.calls.push({ name, cwd, words, isWatched });
  if (depth > deepest) so.facts.add(`${base} starts too many others`);
  else if (kind === 'wrapper') visitWrapped(call, so, depth);
  else if (kind === 'shell') visitShell(call, so, depth);
  else if (kind === undefined) visitUnknown(call, so, depth);
  else {
    if (unknown && !['reads-nothing', 'git'].includes(kind))
      so.facts.add(`${base} was started with words that a script computes`);
    if (!isWatched && ['python', 'compiler', 'build-tool', 'make'].includes(kind))
      so.facts.add(`${base} was started with variables of its own, so that what it uses is not seen`);
    if (kind === 'network') so.facts.add(`${base} was started, which uses the network`);
    if (
      kind === 'now' ||
      (base === 'uname' && words.some((word) => /^-\w*[anrv]|^--(all|node|kernel-[rv])/.test(word)))
    )
      so.facts.add(`${base} was started, which tells what is another each time`);
    if (kind === 'python') visitPython(call, so);
    if (kind === 'make') visitMake(call, so, depth);
    if (kind === 'package-files') addAll(so, packageFilesOf(words, so.variables), 'file');
    if (kind === 'compiler') {
      addAll(so, librariesOf(words, cwd, so.variables), 'file');
      addAll(so, includeDirsOf(words, cwd, so.variables), 'names');
    }
    if (base === 'cargo' || base === 'rustc' || base === 'maturin') addAll(so, cargoFilesOf(cwd, so.variables), 'file');
    if (base === 'cmake' || base === 'meson') so.files.push(...packageDirsOf(so.variables));
    if (base === 'printenv') for (const word of words.length === 0 ? ['*'] : words) so.read.add(word);
    if (base === 'ldconfig') addAll(so, ['/etc/ld.so.cache'], 'file');
    if (kind === 'reads-arguments') visitReader(call, so);
    else if (kind !== 'git' && kind !== 'reads-nothing') addNamed(call, so, 'read');
  }
  if (name.includes('/') && kind !== undefined) addAll(so, [name], 'stat');
}

function addAll(so: UsesSoFar, paths: readonly string[], use: FileUse): void {
  for (const each of paths) so.files.push([each, use]);
}

/** Files and directories among the words; of a program that reads its arguments also those that do not exist. */
function addNamed({ words, cwd }: ScriptCall, so: UsesSoFar, use: FileUse): void {
  for (const word of words.map(withoutOption)) {
    if (word === '' || word.length > 1000 || /[\0\n]/.test(word)) continue;
    const file = path.resolve(cwd, word);
    const kind = statKind(file);
    if (kind === 'directory') so.files.push([file, use === 'file' ? 'deep' : 'stat']);
    else if (kind === 'file' || use === 'file') so.files.push([file, use]);
  }
}

/** `-I../x`, `--from=../x`, `if=../x`, `@../x` and `../x` name the same place. */
function withoutOption(word: string): string {
  const [, value] = /^(?:-{1,2}[\w-]*=?|\w+=|@)((?:\/|\.\.?\/).*)$/.exec(word) ?? [];
  return value ?? (/^-/.test(word) ? '' : word.replace(/^@/, ''));
}

function visitReader(call: ScriptCall, so: UsesSoFar): void {
  const base = path.basename(call.name);
  if (base === 'which' || base === 'whereis')
    for (const word of call.words) so.calls.push({ ...call, name: word, words: [] });
  if (base === 'find' && call.words.some((word) => /^-(exec|ok|newer|[acm](min|time)|used|printf|ls)/.test(word)))
    so.facts.add('find was started with conditions that cannot be observed');
  addNamed(call, so, 'file');
  // Without a name, `ls` and `find` read the working directory.
  if ((base === 'ls' || base === 'dir' || base === 'find') && !call.words.some((word) => !word.startsWith('-')))
    so.files.push([call.cwd, 'list']);
}

function visitPython({ name, words }: ScriptCall, so: UsesSoFar): void {
  const end = words.findIndex((word) => !word.startsWith('-') || word === '-c' || word === '-m');
  const options = words.slice(0, end === -1 ? words.length : end);
  if (!options.some((word) => /^-[A-Za-z]*[IES]/.test(word) && !/^-[WX]/.test(word))) return;
  const apart = `apart from the variables (${options.join(' ')})`;
  so.facts.add(`${path.basename(name)} was started ${apart}, so that what it uses is not seen`);
}

function visitWrapped(call: ScriptCall, so: UsesSoFar, depth: number): void {
  const base = path.basename(call.name);
  const rest = [...call.words];
  let isWatched = call.isWatched;
  if (base === 'env' && rest.every((word) => /^(-0|--null)$/.test(word))) so.read.add('*');
  while (rest.length > 0 && (rest[0]!.startsWith('-') || (base === 'env' && rest[0]!.includes('=')))) {
    const word = rest.shift()!;
    if (base === 'env' && /^(-i|-|--ignore-environment|PYTHONPATH=.*|PATH=.*|SUNPRO.*)$/.test(word)) isWatched = false;
    if (base === 'env' && /^(-S|--split-string)/.test(word)) so.facts.add('env was started with a text to split');
    if (/^(-u|-n|-s|-k|-C|--unset|--chdir)$/.test(word)) {
      if (rest[0] === 'PYTHONPATH' || rest[0]?.startsWith('SUNPRO')) isWatched = false;
      if (word === '-C' || word === '--chdir') so.facts.add(`${base} changed the directory`);
      rest.shift();
    }
  }
  if (base === 'timeout') rest.shift();
  const [name, ...words] = rest;
  if (name !== undefined) visit({ ...call, name: named(name, call.cwd), words, isWatched }, so, depth + 1);
}

function visitShell(call: ScriptCall, so: UsesSoFar, depth: number): void {
  const { words, cwd } = call;
  so.read.add('BASH_ENV').add('ENV');
  const at = words.findIndex((word) => !/^[-+]/.test(word));
  const takesText = words.slice(0, at === -1 ? undefined : at).some((word) => /^-\w*c/.test(word));
  if (at === -1) {
    if (words.every((word) => word !== '--version')) so.facts.add('a shell was started that reads its standard input');
  } else if (takesText) runScript(words[at]!, call, so, depth);
  else {
    const file = path.resolve(cwd, words[at]!);
    so.files.push([file, 'file']);
    runFile(file, call, so, depth);
  }
}

function runFile(file: string, call: ScriptCall, so: UsesSoFar, depth: number, toShell = (text: string) => text): void {
  const key = JSON.stringify([file, call.cwd, call.isWatched, toShell.name]);
  if (so.scripts.has(key) || !existsSync(file)) return;
  so.scripts.add(key);
  const text = readScript(file);
  if (text === undefined) so.facts.add(`${path.basename(file)} is too large to be examined`);
  else if (depth > deepest) so.facts.add(`${path.basename(file)} is started by too many others`);
  else runScript(toShell(text), call, so, depth);
}

function runScript(text: string, call: ScriptCall, so: UsesSoFar, depth: number): void {
  const uses = scriptUses(text, call, so.variables);
  for (const name of uses.variables) so.read.add(name);
  for (const fact of uses.facts) so.facts.add(fact);
  so.files.push(...uses.files);
  for (const file of uses.sourced) {
    so.files.push([file, 'file']);
    runFile(file, call, so, depth + 1);
  }
  for (const inner of uses.calls) visit({ ...inner, name: named(inner.name, inner.cwd) }, so, depth + 1);
}

function visitMake(call: ScriptCall, so: UsesSoFar, depth: number): void {
  const { words, cwd } = call;
  const at = words.findIndex((word) => word === '-C' || word === '-f');
  const dir = words[at] === '-C' ? path.resolve(cwd, words[at + 1] ?? '.') : cwd;
  const names = words[at] === '-f' ? [words[at + 1] ?? ''] : ['GNUmakefile', 'makefile', 'Makefile'];
  for (const file of names.map((each) => path.resolve(dir, each)).filter((each) => existsSync(each))) {
    so.files.push([file, 'file']);
    runFile(file, { ...call, cwd: dir }, so, depth, makeAsShell);
  }
}

/** A program of no kind: a script is read, and of anything else nothing is known. */
function visitUnknown(call: ScriptCall, so: UsesSoFar, depth: number): void {
  const { name, cwd, words, isWatched } = call;
  const file = name.includes('/') ? name : so.searchPath.map((dir) => path.join(dir, name)).find(isExecutable);
  if (file === undefined || !existsSync(file)) return; // It could not be started.
  const text = readScript(file);
  const [, interpreter, option] = /^#![ \t]*(\S+)[ \t]*(.*)/.exec(text ?? '') ?? [];
  if (interpreter !== undefined) {
    const given = option === undefined || option === '' ? [] : option.split(/\s+/);
    so.files.push([file, 'file']);
    visit({ ...call, name: interpreter, words: [...given, file, ...words], cwd, isWatched }, so, depth + 1);
  } else if (!checksOfTools.test(file)) {
    so.facts.add(`${path.basename(name)} was started, and what it uses is not seen`);
  }
  addNamed(call, so, 'read');
}

function named(name: string, cwd: string): string {
  return name.includes('/') ? path.resolve(cwd, name) : name;
}

function statKind(file: string): 'file' | 'directory' | undefined {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats === undefined ? undefined : stats.isDirectory() ? 'directory' : 'file';
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

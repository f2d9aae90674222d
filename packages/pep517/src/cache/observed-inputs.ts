// The observed inputs of a build: collected from the runner's records after the build, and compared with the present state
// before a cached build is returned.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { ObservedInputs } from '../build-record.ts';
import { findRepository } from '../git/repository.ts';
import { type GitScope, gitState } from '../git/state.ts';
import { readGitIndex } from '../git/tracked-files.ts';
import type { FileUse, Observation } from '../runner/read-notes.ts';
import { systemIncludeDirs } from './compiler-inputs.ts';
import { asksAllRefs, asksForTime, usesConfiguration } from './git-questions.ts';
import { alwaysRead, readByGit, readByPrograms, variableState } from './known-variables.ts';
import { deepState, pathState, programState } from './path-state.ts';
import { kindOfProgram } from './program-kinds.ts';
import { asksForDates } from './source-dates.ts';
import { usesOf } from './used-programs.ts';

/** The present surroundings of a build. */
export interface Surroundings {
  /** The user's tree, or the sdist. */
  readonly sourceDir: string;
  /** The variables of the caller. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables that the project declares as inputs. */
  readonly declared: readonly string[];
  /** An absent path for a file that is removed again. */
  readonly scratchPath: string;
}

/** The directories in which a build worked. Files in them are not outside inputs. */
export interface Workplace {
  /** The top of the copy and the original directory; undefined if hooks worked in place. */
  readonly copy?: { readonly from: string; readonly to: string } | undefined;
  /** Directories of the build itself: its area, its environment. */
  readonly ownDirs: readonly string[];
  /** The file into which compilers wrote the files that they read. */
  readonly dependencyFile: string;
  /** The scripts directory of the build environment; undefined if other programs share it. */
  readonly binDir: string | undefined;
  /** Whether tracked files differ from the commit, so that a derived version may contain the date. */
  readonly isDirty: () => Promise<boolean>;
}

/** Inputs, and the reasons why the build must not be cached; empty if it may. */
export interface CollectedInputs {
  readonly inputs: Omit<ObservedInputs, 'requires' | 'environment'>;
  readonly unobservable: readonly string[];
}

const called = ['cc', 'gcc', 'c++', 'g++', 'clang', 'clang++', 'ld', 'ar', 'rustc', 'cargo', 'make', 'ninja', 'cmake'];
const mostFiles = 20_000;
/** Of a directory with more files than this that a compiler searches, only the names at its top are compared. */
const mostHeaders = 4000;

/**
 * Whether a reason only says that code of the source asks for the time, a process number or a random value. A release
 * that was published is built once all the same, as pip and uv build it; of a tree its author expects the new value.
 */
export function asksForNow(reason: string): boolean {
  return / calls (?!getnode|gethostname|getfqdn|nodename)\w+\(\)$/.test(reason);
}

/** Evaluates the records of a build. */
export async function collectInputs(
  notes: Observation,
  here: Surroundings,
  place: Workplace,
): Promise<CollectedInputs> {
  const workplace = { ...place, ownDirs: [...place.ownDirs, ...notes.own] };
  const unobservable = new Set(notes.facts);
  const names = new Set([...alwaysRead, ...here.declared, ...notes.variables.filter((name) => !isOurs(name))]);
  const files = new Map<string, FileUse>();
  for (const [file, use] of notes.files) addFile(files, file, use, workplace);
  const searchPath = [...(place.binDir === undefined ? [] : [place.binDir]), ...searchPathOf(here)];
  const used = usesOf(notes.programs, { variables: here.environment, searchPath });
  const { calls } = used;
  for (const [file, use] of used.files) addFile(files, file, use, workplace);
  for (const name of used.variables) if (!isOurs(name)) names.add(name);
  for (const fact of used.facts) unobservable.add(fact);
  const headers = dependencies(workplace);
  for (const file of headers) addFile(files, file, 'read', workplace);
  for (const file of placesBefore(headers)) addFile(files, file, 'file', workplace);
  const basenames = new Set(calls.map(({ name }) => path.basename(name)));
  if ([...basenames].some((name) => name !== 'git')) for (const name of readByPrograms) names.add(name);
  if (basenames.has('git')) for (const name of readByGit) names.add(name);
  if (here.environment.SOURCE_DATE_EPOCH === undefined && asksForDates(calls, headers, workplace.copy?.from))
    unobservable.add('a source contains __DATE__ or __TIME__');
  const states: Record<string, string> = {};
  let asksGit = basenames.has('git');
  for (const [file, use] of files) {
    const shown = shownPath(file, workplace);
    if (/^\/(proc|sys)\//.test(shown)) unobservable.add(`${shown} was read`);
    else if (/(^|\/)\.git(\/|$)/.test(shown)) asksGit = true;
    else if (!isOfTree(file, here, workplace) && !isAbove(shown, use, here)) {
      const state = stateOf(shown, use);
      if (state === undefined) unobservable.add(`${shown} was used, which holds too many files to be compared`);
      else states[nameOf(shown, here, workplace, notes.usesHome)] = state;
    }
  }
  if (files.size > mostFiles) unobservable.add(`${files.size} files outside of the tree were read`);
  const questions = calls.filter(({ name }) => path.basename(name) === 'git').map(({ words }) => words);
  if (questions.some(asksForTime)) unobservable.add('git was asked for a time relative to the present');
  const scope: GitScope = questions.some(usesConfiguration)
    ? 'configured'
    : questions.some(asksAllRefs)
      ? 'all'
      : 'head';
  const git = asksGit ? `${scope} ${stateOfGit(here, scope)}` : undefined;
  const day = asksGit && (await workplace.isDirty()) ? today() : undefined;
  const variables = Object.fromEntries(
    [...names].sort().map((name) => [name, variableState(name, here.environment)] as const),
  );
  const programs = statesOfPrograms([...calls.map(({ name }) => name), ...notes.lookedUp], here, workplace);
  return { inputs: { variables, files: sorted(states), programs, git, day }, unobservable: [...unobservable].sort() };
}

/** The user's file for a path that hooks saw, if the key covers it: it is in the copy, or the tree itself is used. */
function isOfTree(file: string, here: Surroundings, { copy }: Workplace): boolean {
  if (copy === undefined) return isInside(file, here.sourceDir);
  return isInside(file, copy.from) && isInside(shownPath(file, { copy }), here.sourceDir);
}

/** Directories above the tree exist as long as the tree does. */
function isAbove(shown: string, use: FileUse, here: Surroundings): boolean {
  return use !== 'list' && use !== 'deep' && shown !== here.sourceDir && isInside(here.sourceDir, shown);
}

/** Where a compiler looks for headers of the system before the directory that has them. */
function placesBefore(headers: ReadonlySet<string>): string[] {
  return [...headers].flatMap((header) => {
    const at = systemIncludeDirs.findLastIndex((dir) => isInside(header, dir));
    const dirs = systemIncludeDirs.slice(0, Math.max(at, 0)).filter((dir) => existsSync(dir));
    return dirs.map((dir) => path.join(dir, path.relative(systemIncludeDirs[at]!, header)));
  });
}

function statesOfPrograms(
  started: readonly string[],
  here: Surroundings,
  workplace: Workplace,
): Record<string, string> {
  const names = new Set(started);
  const kinds = new Set([...names].map((name) => kindOfProgram(path.basename(name))));
  const callsOthers = ['compiler', 'build-tool', 'make', 'shell', 'python'].some((kind) => kinds.has(kind as 'make'));
  const others = callsOthers ? called : [];
  const searchPath = searchPathOf(here);
  const states: Record<string, string> = {};
  for (const name of new Set([...others, ...names])) {
    if (names.has(name) && isOfEnvironment(name, workplace)) continue;
    const shown = shownPath(name, workplace);
    if (!isInside(shown, here.sourceDir)) states[shown] = programState(shown, searchPath);
  }
  return sorted(states);
}

/** The state that a build could see; undefined if it is too large to compare. */
function stateOf(file: string, use: FileUse): string | undefined {
  const content =
    use === 'deep' || use === 'names' ? deepState(file, use === 'names' ? mostHeaders : mostFiles) : undefined;
  if (content !== undefined) return `content ${content}`;
  return use === 'deep' ? undefined : pathState(file, { lists: use === 'list' || use === 'names' });
}

/** The inputs that changed since the build, as sentences; empty if none did. */
export function changedInputs(inputs: ObservedInputs, here: Surroundings): string[] {
  const changed: string[] = [];
  for (const [name, state] of Object.entries(inputs.variables)) {
    if (variableState(name, here.environment) !== state)
      changed.push(
        name === '*' ? 'a variable changed, and the build reads all of them' : `the variable ${name} changed`,
      );
  }
  for (const [name, state] of Object.entries(inputs.files)) {
    const use = state.startsWith('content ') ? 'deep' : /(^|^link .* )directory ./.test(state) ? 'list' : 'file';
    if (stateOf(fileOf(name, here), use) !== state) changed.push(`${name} changed`);
  }
  const searchPath = searchPathOf(here);
  for (const [name, state] of Object.entries(inputs.programs)) {
    if (programState(name, searchPath) !== state) changed.push(`the program ${name} is another`);
  }
  if (inputs.git !== undefined) {
    const scope = inputs.git.split(' ')[0] as GitScope;
    if (`${scope} ${stateOfGit(here, scope)}` !== inputs.git)
      changed.push('the repository has another commit, tag or index');
  }
  if (inputs.day !== undefined && inputs.day !== today()) changed.push('the date changed');
  return changed;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function stateOfGit({ sourceDir, scratchPath, environment }: Surroundings, scope: GitScope): string {
  // An sdist is unpacked among the builds: a repository that git finds from there is around those.
  const startDir = statSync(sourceDir, { throwIfNoEntry: false })?.isDirectory()
    ? sourceDir
    : path.dirname(scratchPath);
  const repository = findRepository(startDir);
  if (repository === undefined) return 'absent';
  const treePath = path.relative(repository.rootDir, startDir).split(path.sep).join('/');
  return gitState(repository, readGitIndex(repository, scratchPath), treePath, scope, environment);
}

/** Whether the builder, and not the caller, sets the variable for the hooks. */
function isOurs(name: string): boolean {
  return ours.has(name);
}

const ours: ReadonlySet<string> = new Set([
  ...['TMPDIR', 'TEMP', 'TMP', 'PWD', 'VIRTUAL_ENV', 'PYTHONPATH', 'PYTHONIOENCODING', 'SUNPRO_DEPENDENCIES', ''],
]);

const strength: readonly FileUse[] = ['stat', 'read', 'file', 'list', 'names', 'deep'];

function addFile(files: Map<string, FileUse>, file: string, use: FileUse, { ownDirs, copy }: Workplace): void {
  const normal = path.normalize(file).replace(/(?<=.)\/$/, '');
  const isCopied = copy !== undefined && isInside(normal, copy.from);
  // Directories above the build's own always exist. Other files in them are seen by a listing.
  if (
    !isCopied &&
    ownDirs.some((dir) => isInside(normal, dir) || (!['list', 'deep'].includes(use) && isInside(dir, normal)))
  )
    return;
  const before = files.get(normal);
  if (before === undefined || strength.indexOf(before) < strength.indexOf(use)) files.set(normal, use);
}

/** The user's path for a path in the copy. */
function shownPath(file: string, { copy }: Pick<Workplace, 'copy'>): string {
  if (copy === undefined || !isInside(file, copy.from)) return file;
  return path.join(copy.to, path.relative(copy.from, file));
}

function nameOf(file: string, here: Surroundings, { copy }: Workplace, usesHome: boolean): string {
  // Files near the tree move with it, and those of a user with the home directory. Other files have absolute paths.
  if (copy !== undefined && isInside(file, copy.to)) return path.relative(here.sourceDir, file) || '.';
  const home = homeOf(here);
  return usesHome && home !== '/' && isInside(file, home) ? path.join('~', path.relative(home, file)) : file;
}

function fileOf(name: string, here: Surroundings): string {
  return /^~(\/|$)/.test(name) ? path.join(homeOf(here), name.slice(1)) : path.resolve(here.sourceDir, name);
}

function homeOf({ environment }: Surroundings): string {
  return environment.HOME || homedir();
}

function isOfEnvironment(program: string, { binDir, ownDirs }: Workplace): boolean {
  if (program.includes('/')) return ownDirs.some((dir) => isInside(program, dir)) || !path.isAbsolute(program);
  return binDir !== undefined && programState(program, [binDir]) !== 'absent';
}

function searchPathOf({ environment }: Surroundings): string[] {
  return (environment.PATH ?? '').split(path.delimiter).filter((dir) => path.isAbsolute(dir));
}

/** The headers that compilers read, from the make rules that they wrote. */
function dependencies({ dependencyFile }: Workplace): Set<string> {
  const found = new Set<string>();
  const text = readIfPresent(dependencyFile).replace(/\\\r?\n/g, ' ');
  for (const line of text.split('\n')) {
    for (const word of line.slice(line.indexOf(':') + 1).split(/(?<!\\)\s+/)) {
      if (path.isAbsolute(word)) found.add(path.normalize(word.replaceAll('\\ ', ' ')));
    }
  }
  return found;
}

function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (isErrno(error)) return '';
    throw error;
  }
}

function isInside(file: string, dir: string): boolean {
  return file === dir || file.startsWith(dir + path.sep);
}

function sorted(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).sort());
}

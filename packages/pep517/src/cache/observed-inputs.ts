// What a build used beside its key: made of the runner's notes after a build, and compared with the present before the
// build is given back.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import type { ObservedInputs } from '../build-record.ts';
import { findRepository } from '../git/repository.ts';
import { type GitScope, gitState } from '../git/state.ts';
import { readGitIndex } from '../git/tracked-files.ts';
import type { Observation } from '../runner/hook-outcome.ts';
import { alwaysRead, readByPrograms, variableState } from './known-variables.ts';
import { pathState, programState } from './path-state.ts';

/** The surroundings of a build, as they are now. */
export interface Surroundings {
  /** The user's tree, or the sdist. */
  readonly sourceDir: string;
  /** The variables of the caller. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Variables that the project names. */
  readonly declared: readonly string[];
  /** An absent path for a file that is removed again. */
  readonly scratchPath: string;
}

/** Where a build worked: what it saw there is not outside. */
export interface Workplace {
  /** The top of the copy and the directory that it stands for; undefined where hooks worked in place. */
  readonly copy?: { readonly from: string; readonly to: string } | undefined;
  /** Directories of the build itself: its area, its environment. */
  readonly ownDirs: readonly string[];
  /** Files that compilers wrote of what they read. */
  readonly dependencyFiles: readonly string[];
  /** The scripts of the build environment; undefined where other programs lie there too. */
  readonly binDir: string | undefined;
  /** Whether the tracked files differ from the commit, so that a version may hold the day. */
  readonly isDirty: () => Promise<boolean>;
}

/** Inputs, and why a build with them must not be given back: empty where it may. */
export interface CollectedInputs {
  readonly inputs: Omit<ObservedInputs, 'requires' | 'environment'>;
  readonly unobservable: readonly string[];
}

/** Programs that call others by name, of which nobody tells. */
const callsOthers = /^(meson|cmake|ninja|g?make|cargo|rustc|maturin|scons|bazel|sh|bash|configure|python[\d.]*|nvcc)$/;
const called = ['cc', 'gcc', 'c++', 'g++', 'clang', 'clang++', 'ld', 'ar', 'rustc', 'cargo', 'make', 'ninja', 'cmake'];
const usesNetwork = /^(curl|wget|pip[\d.]*|uv|npm|pnpm|yarn|ssh|rsync|docker)$/;
const asksForTime = /^--(since|until|after|before|relative-date)|^--date=(relative|human)|%[ac]r/;
const asksAllRefs = /^(--all|--branches|--remotes|branch|for-each-ref|show-ref|name-rev|fetch)$|origin|refs\//;
const mostFiles = 20_000;

/** What the notes of a build come to. */
export async function collectInputs(
  notes: readonly Observation[],
  here: Surroundings,
  place: Workplace,
): Promise<CollectedInputs> {
  const workplace = { ...place, ownDirs: [...place.ownDirs, ...notes.flatMap(({ own }) => own)] };
  const unobservable = new Set<string>();
  const names = new Set([...alwaysRead, ...here.declared]);
  const files = new Map<string, boolean>();
  const programs = new Map<string, string[][]>();
  for (const { variables, files: seen, programs: started, facts } of notes) {
    for (const fact of facts) unobservable.add(fact.replace(/^unobservable:/, ''));
    for (const name of variables) if (!isOurs(name)) names.add(name);
    for (const [file, kind] of Object.entries(seen))
      addFile(files, file, kind === 'list' || kind === 'both', workplace);
    for (const [program, calls] of Object.entries(started)) {
      programs.set(program, [...(programs.get(program) ?? []), ...calls.map((words) => [...words])]);
    }
  }
  const withPrograms = [...programs].filter(([program]) => !isOfEnvironment(program, workplace));
  const basenames = withPrograms.map(([program]) => path.basename(program));
  if (basenames.some((name) => name !== 'git')) for (const name of readByPrograms) names.add(name);
  for (const file of await dependencies(workplace)) addFile(files, file, false, workplace);
  const states: Record<string, string> = {};
  let asksGit = basenames.includes('git');
  for (const [file, lists] of files) {
    const shown = shownPath(file, workplace);
    if (/^\/(proc|sys)\//.test(shown)) unobservable.add(`${shown} was read`);
    else if (/(^|\/)\.git(\/|$)/.test(shown)) asksGit = true;
    else if (!isInside(shown, here.sourceDir) && !isInside(here.sourceDir, shown))
      states[nameOf(shown, here, workplace)] = pathState(shown, { lists });
  }
  if (files.size > mostFiles) unobservable.add(`${files.size} files outside of the tree were read`);
  const searchPath = searchPathOf(here);
  const found: Record<string, string> = {};
  const wanted = [
    ...(basenames.some((name) => callsOthers.test(name)) ? called : []),
    ...withPrograms.map(([name]) => name),
  ];
  for (const name of new Set(wanted)) found[name] = programState(name, searchPath);
  for (const name of basenames) {
    if (usesNetwork.test(name)) unobservable.add(`${name} was started, which uses the network`);
    if (name === 'date') unobservable.add('date was started, which tells the time');
  }
  const gitWords = withPrograms.filter(([name]) => path.basename(name) === 'git').flatMap(([, calls]) => calls.flat());
  if (gitWords.some((word) => asksForTime.test(word))) unobservable.add('git was asked for a time relative to now');
  const scope: GitScope = gitWords.some((word) => asksAllRefs.test(word)) ? 'all' : 'head';
  const git = asksGit ? `${scope} ${stateOfGit(here, scope)}` : undefined;
  const day = asksGit && (await workplace.isDirty()) ? today() : undefined;
  const variables = Object.fromEntries(
    [...names].sort().map((name) => [name, variableState(name, here.environment)] as const),
  );
  return {
    inputs: { variables, files: sorted(states), programs: sorted(found), git, day },
    unobservable: [...unobservable].sort(),
  };
}

/** What of the inputs is not now as it was then, as sentences; empty where all of it is. */
export function changedInputs(inputs: ObservedInputs, here: Surroundings): string[] {
  const changed: string[] = [];
  for (const [name, state] of Object.entries(inputs.variables)) {
    if (variableState(name, here.environment) !== state)
      changed.push(name === '*' ? 'a variable changed, and it reads all of them' : `the variable ${name} changed`);
  }
  for (const [name, state] of Object.entries(inputs.files)) {
    const lists = /^directory ./.test(state);
    if (pathState(path.resolve(here.sourceDir, name), { lists }) !== state) changed.push(`${name} changed`);
  }
  const searchPath = searchPathOf(here);
  for (const [name, state] of Object.entries(inputs.programs)) {
    if (programState(name, searchPath) !== state) changed.push(`the program ${name} is another`);
  }
  if (inputs.git !== undefined) {
    const scope = inputs.git.startsWith('all') ? 'all' : 'head';
    if (`${scope} ${stateOfGit(here, scope)}` !== inputs.git)
      changed.push('the repository has another commit, tag or index');
  }
  if (inputs.day !== undefined && inputs.day !== today()) changed.push('the day is another');
  return changed;
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

function stateOfGit({ sourceDir, scratchPath }: Surroundings, scope: GitScope): string {
  const repository = findRepository(sourceDir);
  if (repository === undefined) return 'absent';
  const treePath = path.relative(repository.rootDir, sourceDir).split(path.sep).join('/');
  return gitState(repository, readGitIndex(repository, scratchPath), treePath, scope);
}

/** Set by us for the hooks, and not by the caller. */
function isOurs(name: string): boolean {
  return ['TMPDIR', 'TEMP', 'TMP', 'PWD', 'VIRTUAL_ENV', 'PYTHONIOENCODING', 'SUNPRO_DEPENDENCIES', ''].includes(name);
}

function addFile(files: Map<string, boolean>, file: string, lists: boolean, { ownDirs, copy }: Workplace): void {
  const normal = path.normalize(file);
  const isCopied = copy !== undefined && isInside(normal, copy.from);
  // What lies above the build's own places is there in any case; what else lies there is seen by a listing.
  if (!isCopied && ownDirs.some((dir) => isInside(normal, dir) || (!lists && isInside(dir, normal)))) return;
  files.set(normal, lists || files.get(normal) === true);
}

/** The user's path for one in the copy. */
function shownPath(file: string, { copy }: Workplace): string {
  if (copy === undefined || !isInside(file, copy.from)) return file;
  return path.join(copy.to, path.relative(copy.from, file));
}

function nameOf(file: string, here: Surroundings, { copy }: Workplace): string {
  // What lies beside the tree moves with it; what lies elsewhere has one place.
  return copy !== undefined && isInside(file, copy.to) ? path.relative(here.sourceDir, file) : file;
}

function isOfEnvironment(program: string, { binDir, ownDirs }: Workplace): boolean {
  if (program.includes('/')) return ownDirs.some((dir) => isInside(program, dir)) || !path.isAbsolute(program);
  return binDir !== undefined && programState(program, [binDir]) !== 'absent';
}

function searchPathOf({ environment }: Surroundings): string[] {
  return (environment.PATH ?? '').split(path.delimiter).filter((dir) => path.isAbsolute(dir));
}

/** The headers that compilers read, out of what they wrote of it (make's rules). */
async function dependencies({ dependencyFiles }: Workplace): Promise<Set<string>> {
  const found = new Set<string>();
  for (const file of dependencyFiles) {
    const text = readIfPresent(file).replace(/\\\r?\n/g, ' ');
    for (const line of text.split('\n')) {
      for (const word of line.slice(line.indexOf(':') + 1).split(/(?<!\\)\s+/)) {
        if (path.isAbsolute(word)) found.add(path.normalize(word.replaceAll('\\ ', ' ')));
      }
    }
  }
  return found;
}

/** Every `.d` file below a directory: cargo and ninja write one for what they compile. */
export function dependencyFilesBelow(dir: string): string[] {
  try {
    const names = readdirSync(dir, { recursive: true }) as string[];
    return names.filter((name) => name.endsWith('.d')).map((name) => path.join(dir, name));
  } catch (error) {
    if (isErrno(error)) return [];
    throw error;
  }
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

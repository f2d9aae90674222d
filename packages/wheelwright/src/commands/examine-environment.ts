// The examinations of `doctor` that concern one environment. They read only, and do not start its Python.
import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { readHead } from '@wheelwright/atomic-fs';
import { listed } from '@wheelwright/errors';
import { inspectLock } from '@wheelwright/fslock';
import {
  asideName,
  findEnvironmentFaults,
  needsRecovery,
  refusedWork,
  type VerifyProblem,
  verifyEnvironment,
  whyBeyondRepair,
} from '@wheelwright/installer';
import {
  type Environment,
  environmentPaths,
  type ImageFault,
  type Interpreter,
  isNewer,
  listDistributions,
} from '@wheelwright/python';
import { displacedDir } from '../environment/place.ts';
import { unmetRequirements } from '../requirements/unmet-requirements.ts';
import { describeHolder } from '../tool/describe-holder.ts';
import { counted, shellLine } from '../tool/wording.ts';
import type { CommandLine, Finding } from './finding.ts';

/** Examines the environment itself: marker, pointer, links, activation scripts. Works even if the environment cannot be read. */
export function examineItself(dir: string, line: CommandLine): Finding[] {
  const found = findEnvironmentFaults(dir);
  if (found === undefined || found.faults.length === 0 || isNewer(dir)) return [];
  // Another examination reports a missing interpreter.
  const isGone = found.makeup.executable === undefined;
  const isOfPython = ({ kind, path: file }: ImageFault) =>
    /^bin\/(?:python|pypy)/.test(file) || (file === 'pyvenv.cfg' && kind === 'modified');
  const faults = found.faults.filter((fault) => !(isGone && isOfPython(fault)));
  if (faults.length === 0) return [];
  const what = listed(faults.map(({ kind, path: file }) => `${file} is ${kind}`));
  const why = whyBeyondRepair(found.makeup);
  const text = `${dir} is damaged: ${what}${why === undefined ? '' : `; ${why}`}.`;
  const proposal =
    why === undefined ? `${line('repair')} restores it.` : `Make it again: ${newLine(dir)}, then install again.`;
  return [{ kind: 'environment-damaged', severity: 'problem', text, proposal }];
}

/** Examines whether the interpreter of the environment exists and is the same Python. */
export function examineInterpreter(
  environment: Environment,
  interpreter: Interpreter | undefined,
  line: CommandLine,
): Finding[] {
  const { dir, interpreterExecutable, pythonVersion } = environment;
  const link = path.join(dir, 'bin', 'python');
  if (!existsSync(link) || !existsSync(interpreterExecutable)) {
    // Another link still leads to the interpreter, so the environment is damaged and not the interpreter.
    if (findEnvironmentFaults(dir)?.makeup.executable !== undefined) return [];
    const text = `${link} leads to no interpreter: ${interpreterExecutable} does not exist.`;
    const proposal = `${line('repair')} uses another Python of the same version, if the machine has one. Otherwise: ${remake(dir)}`;
    return [{ kind: 'interpreter-gone', severity: 'problem', text, proposal }];
  }
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  if (interpreter === undefined || interpreter.versionText === pythonVersion) return [];
  const text = `${dir} was made for Python ${pythonVersion}; ${interpreterExecutable} is ${interpreter.versionText} now.`;
  if (minor(interpreter.versionText) === minor(pythonVersion)) {
    const proposal = 'Nothing needs to be done: packages for one work with the other.';
    return pythonVersion.split('.').length < 3
      ? []
      : [{ kind: 'interpreter-changed', severity: 'note', text, proposal }];
  }
  return [{ kind: 'interpreter-changed', severity: 'problem', text, proposal: remake(dir, interpreterExecutable) }];
}

/** Examines who holds the lock, and whether a dead process left a change unfinished. */
export async function examineWork({ dir, kind }: Environment, line: CommandLine): Promise<Finding[]> {
  const { lock, root } = environmentPaths(dir);
  const { state, holders } = await inspectLock(lock);
  if (state !== 'free') {
    const who = holders.map((holder) => describeHolder(holder)).join(', ') || 'another process';
    const text = `${who} holds the lock of ${dir}.`;
    return [{ kind: 'lock-held', severity: 'note', text, proposal: 'Wait for it to end; `ww locks` shows more.' }];
  }
  const litter = kind === 'own' ? ['staging', 'trash'].filter((name) => existsSync(path.join(root, name))) : [];
  if (!needsRecovery(dir) && litter.length === 0) return [];
  const refused = refusedWork(dir);
  const text = `A process that died left a change of ${dir} unfinished.${refused === undefined ? '' : ` ${refused}`}`;
  if (refused !== undefined) {
    const proposal = `${line('recover', '--discard')} gives the change up and moves its files to ${asideDir(dir)}.`;
    return [{ kind: 'unfinished', severity: 'problem', text, proposal }];
  }
  const proposal = `Run ${line('recover')}. ${line('repair')} and the next change do this too.`;
  return [{ kind: 'unfinished', severity: 'problem', text, proposal }];
}

/** Examines directories with files that changes and repairs moved aside. */
export function examineKept({ dir }: Environment): Finding[] {
  const sentences = {
    [displacedDir(dir)]: `Another program wrote into ${dir} during a change; files in the way were moved to`,
    [asideDir(dir)]:
      `Files that were in the way of a repair of ${dir}, or that belong to a change that was given up, are in`,
  };
  const proposal = 'Move the files that you need to where they belong, and remove the directory.';
  return Object.entries(sentences)
    .filter(([keptDir]) => existsSync(keptDir))
    .map(([keptDir, text]) => ({ kind: 'kept-aside', severity: 'note', text: `${text} ${keptDir}.`, proposal }));
}

function asideDir(dir: string): string {
  return path.join(environmentPaths(dir).root, asideName);
}

/** Compares files with RECORD, and looks for packages of other installers. */
export function examineFiles({ dir, kind: environmentKind, sitePackages }: Environment, line: CommandLine): Finding[] {
  const findings: Finding[] = [];
  const ofItself = new Set(findEnvironmentFaults(dir)?.faults.map(({ path: file }) => file));
  const problems = verifyEnvironment(dir).problems.filter(({ path: file }) => !ofItself.has(file));
  const paths = (found: readonly VerifyProblem[]) => listed(found.map(({ path: file }) => file));
  const unowned = problems.filter(({ kind }) => kind === 'unowned');
  const leftovers = unowned.filter(({ path: file }) => /(?:^|\/)site-packages\/~/.test(file));
  const damaged = [...problems.filter(({ kind }) => kind !== 'unowned' && kind !== 'unfinished'), ...leftovers];
  if (damaged.length > 0) {
    const text = `${counted(damaged.length, 'installed file', ['differs', 'differ'])} from RECORD: ${paths(damaged)}.`;
    const proposal = `${line('verify')} lists them, ${line('repair')} restores them.`;
    findings.push({ kind: 'files-damaged', severity: 'problem', text, proposal });
  }
  const foreign = unowned.filter((problem) => !leftovers.includes(problem));
  if (foreign.length > 0) {
    const text = `${counted(foreign.length, 'file', ['belongs', 'belong'])} to no distribution: ${paths(foreign)}.`;
    const stay = environmentKind === 'own' ? 'Every change keeps them' : 'Changes leave them alone';
    const proposal = `${stay}; remove those that you do not need.`;
    findings.push({ kind: 'files-of-nobody', severity: 'note', text, proposal });
  }
  const others = listDistributions(sitePackages).filter(({ installer }) => installer !== 'wheelwright');
  if (others.length > 0) {
    const text = `Other tools installed ${listed(others.map(({ name, installer }) => `${name} (${installer ?? 'unknown'})`))}.`;
    const again = line('install', '--force-reinstall', others[0]!.name);
    const proposal = `${again} installs ${others[0]!.name} again with ww, which can then repair it by its hash.`;
    findings.push({ kind: 'other-installer', severity: 'note', text, proposal });
  }
  return findings;
}

/** Examines the requirements of installed distributions. */
export function examineRequirements(
  { sitePackages }: Environment,
  interpreter: Interpreter,
  line: CommandLine,
): Finding[] {
  return unmetRequirements(listDistributions(sitePackages), interpreter.markers).map(
    ({ name, version, requirement, found }): Finding => ({
      kind: 'unmet-requirement',
      severity: 'problem',
      text: `${name} ${version} requires ${requirement}, but ${found === undefined ? 'it is not installed' : `${found} is installed`}.`,
      proposal: `Run ${line('install', requirement)}.`,
    }),
  );
}

/** Examines whether scripts and activation scripts name the present path of the environment. */
export function examinePlace({ dir, interpreterExecutable }: Environment): Finding[] {
  const binDir = path.join(dir, 'bin');
  const names = existsSync(binDir) ? readdirSync(binDir) : [];
  const activated = placeNamedBy(path.join(binDir, 'activate'), 'activate');
  const elsewhere = new Map<string, number>();
  for (const name of names) {
    const named = placeNamedBy(path.join(binDir, name), name);
    if (named === undefined || named === dir || leadsTo(named, dir)) continue;
    // A single script may belong to another environment. All scripts of a copy name the environment it was copied from.
    const mayBeMeant = named !== activated && existsSync(path.join(named, 'pyvenv.cfg'));
    if (mayBeMeant && !isOurScript(path.join(binDir, name))) continue;
    elsewhere.set(named, (elsewhere.get(named) ?? 0) + 1);
  }
  return [...elsewhere].map(([named, count]) => ({
    kind: 'environment-moved',
    severity: 'problem',
    text: `${counted(count, 'script', ['names', 'name'])} ${named}, and not ${dir}: the environment was made there and moved or copied.`,
    proposal: `\`ww ${shellLine(['repair', '-p', dir])}\` corrects their paths. If it cannot, ${remake(dir, interpreterExecutable).replace(/^M/, 'm')}`,
  }));
}

function leadsTo(named: string, dir: string): boolean {
  return existsSync(named) && realpathSync(named) === realpathSync(dir);
}

function isOurScript(file: string): boolean {
  return readHead(file, 4096)?.includes('_wheelwright_scripts') === true;
}

/** The environment that a script starts in, from its first lines or from the environment that it activates. */
function placeNamedBy(file: string, name: string): string | undefined {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  if (/^python/.test(name)) return undefined;
  const head = readHead(file, 4096) ?? '';
  if (name === 'activate') return /^\s*VIRTUAL_ENV=(['"]?)(\/.*?)\1\s*$/m.exec(head)?.[2];
  const script = /^#!(?:\/bin\/sh\n'''exec' )?["']?(\/[^\n"']*)\/bin\/python[^\n/]*\n/.exec(head)?.[1];
  // Some scripts name an interpreter outside of any environment on purpose.
  return script === undefined || script === '/usr' || script === '/usr/local' ? undefined : script;
}

/** Whether the environment keeps its packages in the data directory. */
export function isShared(dir: string): boolean {
  const { shares = 'nothing' } = findEnvironmentFaults(dir)?.makeup ?? {};
  return shares !== 'nothing';
}

/** Formats the steps that make the environment again with its packages, with `python` and in `layout` if given. */
export function remake(dir: string, python?: string | undefined, layout?: 'shared'): string {
  const freeze = `\`ww ${shellLine(['freeze', '-p', dir])} > pins.txt\``;
  const sync = `\`ww ${shellLine(['sync', 'pins.txt', '-p', dir])}\``;
  return `Make the environment again: ${freeze}, ${newLine(dir, python, layout)}, ${sync}.`;
}

/** Formats the command that replaces the environment by an empty one, of the same layout if none is given. */
function newLine(dir: string, python?: string | undefined, wanted?: 'shared'): string {
  const kept = findEnvironmentFaults(dir)?.makeup.kind === 'plain' ? 'plain' : isShared(dir) ? 'shared' : undefined;
  const layout = wanted ?? kept;
  const options = [
    ...(layout === undefined ? [] : ['--layout', layout]),
    ...(python === undefined ? [] : ['-p', python]),
  ];
  return `\`ww ${shellLine(['venv', '--clear', ...options, dir])}\``;
}

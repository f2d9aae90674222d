// What can be wrong with one environment, apart from where it stands. Reads, changes nothing, starts no Python of it.
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { listed } from '@wheelwright/errors';
import { inspectLock } from '@wheelwright/fslock';
import {
  asideName,
  findEnvironmentFaults,
  needsRecovery,
  refusedWork,
  remakeCommand,
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
import { describeHolder } from '../tool/describe-holder.ts';
import { counted, shellLine } from '../tool/wording.ts';
import { unmetRequirements } from '../wheels/unmet-requirements.ts';
import type { Finding } from './finding.ts';

/** What makes the environment one: marker, pointer, links, activations. Where it is so damaged that it cannot be read too. */
export function examineItself(dir: string): Finding[] {
  const found = findEnvironmentFaults(dir);
  if (found === undefined || found.faults.length === 0 || isNewer(dir)) return [];
  // That the interpreter is gone is told by itself.
  const isGone = found.makeup.executable === undefined;
  const isOfPython = ({ kind, path: file }: ImageFault) =>
    /^bin\/(?:python|pypy)/.test(file) || (file === 'pyvenv.cfg' && kind === 'modified');
  const faults = found.faults.filter((fault) => !(isGone && isOfPython(fault)));
  if (faults.length === 0) return [];
  const what = listed(faults.map(({ kind, path: file }) => `${file} is ${kind}`));
  const why = whyBeyondRepair(found.makeup);
  const text = `${dir} is damaged itself: ${what}${why === undefined ? '' : `; ${why}`}.`;
  const proposal =
    why === undefined
      ? '`ww repair` puts it right.'
      : `Make it anew: \`${remakeCommand(found.makeup)}\`, then install again.`;
  return [{ kind: 'environment-damaged', severity: 'problem', text, proposal }];
}

/** The interpreter that the environment was made for is there and is the same Python. */
export function examineInterpreter(environment: Environment, interpreter: Interpreter | undefined): Finding[] {
  const { dir, interpreterExecutable, pythonVersion } = environment;
  const link = path.join(dir, 'bin', 'python');
  if (!existsSync(link) || !existsSync(interpreterExecutable)) {
    // Something else leads to it still: then it is the environment that is damaged.
    if (findEnvironmentFaults(dir)?.makeup.executable !== undefined) return [];
    const text = `${link} leads to no interpreter: ${interpreterExecutable} is gone.`;
    const proposal = `\`ww repair\` takes another Python of the same version, if there is one. Else: ${remake(dir)}`;
    return [{ kind: 'interpreter-gone', severity: 'problem', text, proposal }];
  }
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  if (interpreter === undefined || interpreter.versionText === pythonVersion) return [];
  const text = `${dir} was made for Python ${pythonVersion}; ${interpreterExecutable} is ${interpreter.versionText} now.`;
  if (minor(interpreter.versionText) === minor(pythonVersion)) {
    const proposal = 'Nothing has to be done: packages for the one work with the other.';
    return pythonVersion.split('.').length < 3
      ? []
      : [{ kind: 'interpreter-changed', severity: 'note', text, proposal }];
  }
  return [{ kind: 'interpreter-changed', severity: 'problem', text, proposal: remake(dir) }];
}

/** Who works in the environment, and whether anybody died in it. */
export async function examineWork({ dir, kind }: Environment): Promise<Finding[]> {
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
  const text = `A change of ${dir} was left unfinished by a process that died.${refused === undefined ? '' : ` ${refused}`}`;
  if (refused !== undefined) {
    const proposal = `\`ww recover --discard\` gives the change up and keeps all of it in ${asideDir(dir)}.`;
    return [{ kind: 'unfinished', severity: 'problem', text, proposal }];
  }
  const proposal = 'Run `ww recover`; `ww repair` and the next change do it too.';
  return [{ kind: 'unfinished', severity: 'problem', text, proposal }];
}

/** What lay in the way of changes and repairs, or was given up, and nobody has taken away yet. */
export function examineKept({ dir }: Environment): Finding[] {
  const sentences = {
    [displacedDir(dir)]: `Another program wrote into ${dir} during a change; what lay in its way is kept in`,
    [asideDir(dir)]: `What was in the way of a repair of ${dir}, or belongs to a change that was given up, is kept in`,
  };
  const proposal = 'Move what is wanted to where it belongs, and remove the directory.';
  return Object.entries(sentences)
    .filter(([keptDir]) => existsSync(keptDir))
    .map(([keptDir, text]) => ({ kind: 'kept-aside', severity: 'note', text: `${text} ${keptDir}.`, proposal }));
}

function asideDir(dir: string): string {
  return path.join(environmentPaths(dir).root, asideName);
}

/** Files against RECORD, and who else installs here. */
export function examineFiles({ dir, kind: environmentKind, sitePackages }: Environment): Finding[] {
  const findings: Finding[] = [];
  const ofItself = new Set(findEnvironmentFaults(dir)?.faults.map(({ path: file }) => file));
  const problems = verifyEnvironment(dir).problems.filter(({ path: file }) => !ofItself.has(file));
  const paths = (found: readonly VerifyProblem[]) => listed(found.map(({ path: file }) => file));
  const unowned = problems.filter(({ kind }) => kind === 'unowned');
  const leftovers = unowned.filter(({ path: file }) => /(?:^|\/)site-packages\/~/.test(file));
  const damaged = [...problems.filter(({ kind }) => kind !== 'unowned' && kind !== 'unfinished'), ...leftovers];
  if (damaged.length > 0) {
    const text = `${counted(damaged.length, 'installed file', ['is', 'are'])} not as RECORD says: ${paths(damaged)}.`;
    const proposal = '`ww verify` lists them, `ww repair` puts them right.';
    findings.push({ kind: 'files-damaged', severity: 'problem', text, proposal });
  }
  const foreign = unowned.filter((problem) => !leftovers.includes(problem));
  if (foreign.length > 0) {
    const text = `${counted(foreign.length, 'file', ['belongs', 'belong'])} to no distribution: ${paths(foreign)}.`;
    const stay = environmentKind === 'own' ? 'They are carried along with every change' : 'Changes leave them alone';
    const proposal = `${stay}; remove those that nobody wants.`;
    findings.push({ kind: 'files-of-nobody', severity: 'note', text, proposal });
  }
  const others = listDistributions(sitePackages).filter(({ installer }) => installer !== 'wheelwright');
  if (others.length > 0) {
    const text = `Other tools installed ${listed(others.map(({ name, installer }) => `${name} (${installer ?? 'unknown'})`))}.`;
    const proposal = '`ww install --force-reinstall NAME` makes one ours, so that it can be repaired by its hash.';
    findings.push({ kind: 'other-installer', severity: 'note', text, proposal });
  }
  return findings;
}

/** What installed distributions require of each other. */
export function examineRequirements({ sitePackages }: Environment, interpreter: Interpreter): Finding[] {
  return unmetRequirements(listDistributions(sitePackages), interpreter.markers).map(
    ({ name, version, requirement, found }): Finding => ({
      kind: 'unmet-requirement',
      severity: 'problem',
      text: `${name} ${version} requires ${requirement}, but ${found === undefined ? 'it is not installed' : `${found} is installed`}.`,
      proposal: `Run \`ww install '${requirement}'\`.`,
    }),
  );
}

/** Scripts and activations name the path that the environment was made at. */
export function examinePlace({ dir }: Environment): Finding[] {
  const binDir = path.join(dir, 'bin');
  const names = existsSync(binDir) ? readdirSync(binDir) : [];
  const activated = placeNamedBy(path.join(binDir, 'activate'), 'activate');
  const elsewhere = new Map<string, number>();
  for (const name of names) {
    const named = placeNamedBy(path.join(binDir, name), name);
    if (named === undefined || named === dir || leadsTo(named, dir)) continue;
    // A script may be meant for another environment; all of a copy name the one that it was copied from.
    const mayBeMeant = named !== activated && existsSync(path.join(named, 'pyvenv.cfg'));
    if (mayBeMeant && !isOurScript(path.join(binDir, name))) continue;
    elsewhere.set(named, (elsewhere.get(named) ?? 0) + 1);
  }
  return [...elsewhere].map(([named, count]) => ({
    kind: 'environment-moved',
    severity: 'problem',
    text: `${counted(count, 'script', ['names', 'name'])} ${named}, and not ${dir}: the environment was made there and moved or copied.`,
    proposal: `\`ww ${shellLine(['repair', '-p', dir])}\` makes them name this place. Where it cannot, ${remake(dir).replace(/^M/, 'm')}`,
  }));
}

function leadsTo(named: string, dir: string): boolean {
  return existsSync(named) && realpathSync(named) === realpathSync(dir);
}

function isOurScript(file: string): boolean {
  return readFileSync(file).subarray(0, 4096).toString().includes('_wheelwright_scripts');
}

/** The environment that a script starts in: from its first lines, or from what it activates. */
function placeNamedBy(file: string, name: string): string | undefined {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) return undefined;
  if (/^python/.test(name)) return undefined;
  const head = readFileSync(file).subarray(0, 4096).toString();
  if (name === 'activate') return /^\s*VIRTUAL_ENV=(['"]?)(\/.*?)\1\s*$/m.exec(head)?.[2];
  const script = /^#!(?:\/bin\/sh\n'''exec' )?["']?(\/[^\n"']*)\/bin\/python[^\n/]*\n/.exec(head)?.[1];
  // An interpreter outside of any environment is what some scripts want.
  return script === undefined || script === '/usr' || script === '/usr/local' ? undefined : script;
}

function remake(dir: string): string {
  const isPlain = !existsSync(path.join(environmentPaths(dir).root, 'current'));
  const steps = [
    `ww ${shellLine(['freeze', '-p', dir])} > pins.txt`,
    `ww ${shellLine(['venv', '--clear', ...(isPlain ? ['--layout', 'plain'] : []), dir])}`,
    `ww ${shellLine(['sync', 'pins.txt', '-p', dir])}`,
  ];
  return `Make the environment anew: ${steps.map((step) => `\`${step}\``).join(', ')}.`;
}

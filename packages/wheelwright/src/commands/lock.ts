// `lock`: resolves requirements or a project for each target and writes one pylock.toml (PEP 751).
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { writeFileAtomic } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import {
  evaluateMarker,
  formatPylock,
  type NormalizedName,
  normalizeName,
  type Pylock,
  type PylockPackage,
  parseSpecifiers,
} from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import { openBuildSources } from '../build/build.ts';
import { foreignInterpreter } from '../environment/foreign-interpreter.ts';
import { chooseInterpreter } from '../environment/place.ts';
import { type LockSubject, readProjectSubject } from '../lock/lock-subject.ts';
import {
  environmentMarker,
  isVersionText,
  lockedPackages,
  type ResolvedTarget,
  versionsIn,
} from '../lock/locked-packages.ts';
import { readLock } from '../lock/read-lock.ts';
import { resolveSubject } from '../lock/resolve-subject.ts';
import { type Asked, type AskOptions, readAskedFor } from '../requirements/read-asked-for.ts';
import type { DirectInput, RequirementInput } from '../requirements/requirement-inputs.ts';
import { openIndexLazily } from '../resolve/resolve-wheels.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { type BuildChoices, readBuildChoices } from './build-choices.ts';

/** What to lock, for which targets, and the path of the lock. */
export interface LockOptions extends CallOptions, AskOptions, BuildChoices {
  /** Interpreters or versions, each a target; the environment's interpreter by default. */
  readonly pythons?: readonly string[] | undefined;
  /** Platform tags, each a target of every Python; this machine's by default. */
  readonly platforms?: readonly string[] | undefined;
  /** The path of the lock; `pylock.toml` in the working directory by default. */
  readonly file?: string | undefined;
  /** True: keep no version of the present lock. A list: do not keep these names. */
  readonly upgrade?: boolean | readonly string[] | undefined;
  /** Write nothing, and throw if the lock would change. */
  readonly check?: boolean | undefined;
}

/** The result of `lock`. */
export interface LockOutcome {
  /** Absolute. */
  readonly path: string;
  /** The content of the lock. */
  readonly lock: Pylock;
  /** False if the lock was up to date and not written. */
  readonly changed: boolean;
}

/**
 * Writes a lock of the named requirements, else of the project in the working directory with its extras and groups. It
 * keeps the versions of the present lock that still match. After a crash the file is the old one or the new one.
 * @throws ResolverError if a target cannot be resolved; WheelwrightError WHEELWRIGHT_LOCK_OUTDATED with `check`; the errors
 * of index, builds and sources. The lock is then unchanged.
 */
export async function lock(tool: Tool, options: LockOptions = {}): Promise<LockOutcome> {
  return withCall(tool, options, (called) => lockWith(called, options));
}

async function lockWith(tool: Tool, options: LockOptions): Promise<LockOutcome> {
  const { workingDir } = tool.settings;
  const lockPath = path.resolve(workingDir, options.file ?? 'pylock.toml');
  const targets = await readTargets(tool, options);
  const own = targets[0]!;
  const asked = await readAskedFor(tool, own, options);
  const before = (await readLock(lockPath))?.lock;
  const isProject = asked.inputs.length === 0 && (options.requirementFiles ?? []).length === 0;
  const subject = isProject ? await readProjectSubject(workingDir) : namedSubject(asked.inputs);
  const index = openIndexLazily(asked.tool, own);
  const resolved: ResolvedTarget[] = [];
  for (const interpreter of targets)
    resolved.push({ interpreter, pins: await resolveTarget(asked, subject, interpreter, before, options) });
  const lockDir = path.dirname(lockPath);
  const kept = keptPackages(before, options);
  const packages = await lockedPackages(
    { tool: asked.tool, index, lockDir, formatsOf: asked.formatsOf, before: kept },
    resolved,
  );
  const { name: projectName, isPackage } = subject.project ?? { name: undefined, isPackage: true };
  const made: Pylock = {
    lockVersion: '1.0',
    createdBy: 'wheelwright',
    requiresPython: subject.requiresPython ?? parseSpecifiers(`>=${lowestPython(targets)}`),
    environments: targets.map(environmentMarker),
    extras: [...subject.extras.keys()],
    dependencyGroups: [...subject.groups.keys()],
    defaultGroups: [],
    packages: packages.filter(({ name }) => isPackage || name !== projectName),
  };
  return write(lockPath, made, options.check === true);
}

function write(lockPath: string, made: Pylock, check: boolean): LockOutcome {
  const text = formatPylock(made);
  const changed = !existsSync(lockPath) || readFileSync(lockPath, 'utf8') !== text;
  if (changed && check)
    throw new WheelwrightError(
      'WHEELWRIGHT_LOCK_OUTDATED',
      `${lockPath} is outdated: locking now would write another content.`,
      {
        hint: 'Lock again.',
        data: { path: lockPath },
      },
    );
  if (changed) writeFileAtomic(lockPath, text);
  return { path: lockPath, lock: made, changed };
}

/** Every Python on every platform. A version that no local interpreter has is described by its facts. */
async function readTargets(tool: Tool, { pythons = [], platforms = [] }: LockOptions): Promise<readonly Interpreter[]> {
  const { interpreter: own } = await chooseInterpreter(tool, {});
  const found: Interpreter[] = [];
  for (const python of pythons.length === 0 ? [undefined] : pythons) {
    const interpreter = python === undefined ? own : await findTarget(tool, own, python);
    if (platforms.length === 0) found.push(interpreter);
    for (const platform of platforms)
      found.push(foreignInterpreter(interpreter, { platforms: [platform], pythonVersion: interpreter.versionText }));
  }
  return found;
}

async function findTarget(tool: Tool, own: Interpreter, python: string): Promise<Interpreter> {
  try {
    return await tool.interpreter(python);
  } catch (error) {
    if (!isCodedError(error, 'PYTHON_NOT_FOUND') || !isVersionText(python)) throw error;
    return foreignInterpreter(own, { pythonVersion: python });
  }
}

function namedSubject(inputs: readonly RequirementInput[]): LockSubject {
  return { base: inputs, extras: new Map(), groups: new Map() };
}

async function resolveTarget(
  asked: Asked,
  subject: LockSubject,
  interpreter: Interpreter,
  before: Pylock | undefined,
  options: LockOptions,
): Promise<ResolvedTarget['pins']> {
  const kept = keptPackages(before, options);
  const isFor = ({ marker }: PylockPackage) =>
    marker === undefined ||
    evaluateMarker(marker, interpreter.markers, {
      extras: before?.extras ?? [],
      dependencyGroups: before?.dependencyGroups ?? [],
    });
  const index = openIndexLazily(asked.tool, interpreter);
  const openSources = openBuildSources(asked.tool, { ...readBuildChoices(options), interpreter });
  const opener = openSources(index);
  const preferred = versionsIn(kept, isFor);
  const choices = { ...asked, openSources, policy: { ...asked.policy, preferred } };
  const pinned = { ...subject, base: subject.base.map((input) => withKeptCommit(input, kept)) };
  try {
    return await resolveSubject({ tool: asked.tool, index, opener, options: choices }, pinned, interpreter);
  } finally {
    opener.close();
  }
}

/** Keeps a branch at the commit that the lock has for it. */
function withKeptCommit(input: RequirementInput, kept: readonly PylockPackage[]): RequirementInput {
  if (input.kind !== 'direct' || input.location.kind !== 'repository') return input;
  const { location } = input;
  const known = kept.find(({ vcs }) => vcs?.url === location.url && vcs.requestedRevision === location.revision)?.vcs;
  if (known === undefined) return input;
  const pinned: DirectInput = {
    ...input,
    location: {
      ...location,
      revision: known.commitId,
      ...(location.revision === undefined ? {} : { requested: location.revision }),
    },
  };
  return pinned;
}

/** The packages of the present lock, without those to upgrade. */
function keptPackages(before: Pylock | undefined, { upgrade = [] }: LockOptions): readonly PylockPackage[] {
  if (before === undefined || upgrade === true) return [];
  const upgraded = new Set<NormalizedName>((upgrade || []).map((name) => normalizeName(name)));
  return before.packages.filter(({ name }) => !upgraded.has(name));
}

function lowestPython(targets: readonly Interpreter[]): string {
  const lowest = [...targets].sort((a, b) => a.version[0] - b.version[0] || a.version[1] - b.version[1])[0]!;
  return `${lowest.version[0]}.${lowest.version[1]}`;
}

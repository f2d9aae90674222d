// Resolves a lock for one target: first all parts together, so that they agree, then each part within that result, to
// find out which part needs which package.
import type { IndexClient } from '@wheelwright/index-client';
import { type NormalizedName, parseRequirement, parseVersion } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { RootRequirement } from '@wheelwright/resolver';
import type { DirectDistribution, SourcedCandidate, SourceOpener } from '../requirements/distribution-source.ts';
import type { RequirementInput } from '../requirements/requirement-inputs.ts';
import type { ResolveWheelsOptions } from '../requirements/resolution.ts';
import { pinVersions } from '../resolve/pin-versions.ts';
import type { ResolvedPin } from '../resolve/resolution-memo.ts';
import { takeInputs } from '../resolve/take-inputs.ts';
import type { Tool } from '../tool/tool.ts';
import type { LockSubject } from './lock-subject.ts';

/** Which parts of the subject need a package. */
export interface NeededBy {
  readonly base: boolean;
  readonly extras: readonly NormalizedName[];
  readonly groups: readonly string[];
}

/** One package for one target. */
export interface TargetPin extends ResolvedPin {
  readonly neededBy: NeededBy;
}

/** Options of a resolution for one target. */
export interface SubjectContext {
  readonly tool: Tool;
  readonly index: IndexClient;
  readonly opener: SourceOpener;
  readonly options: Omit<ResolveWheelsOptions, 'inputs' | 'interpreter' | 'noDeps'>;
}

/** Resolves for `interpreter`. Throws ResolverError, and the errors of the index and of opening sources. */
export async function resolveSubject(
  context: SubjectContext,
  subject: LockSubject,
  interpreter: Interpreter,
): Promise<readonly TargetPin[]> {
  const project = await subject.project?.open(context.opener);
  const run = (part: Part, only?: ReadonlyMap<NormalizedName, SourcedCandidate>) =>
    resolvePart(context, interpreter, project, part, only);
  const extras = [...subject.extras.keys()];
  const groups = [...subject.groups.keys()];
  const inputsOf = (names: readonly string[]) => names.flatMap((name) => subject.groups.get(name) ?? []);
  const all = await run({ inputs: [...subject.base, ...inputsOf(groups)], extras, withProject: true });
  const only = new Map(all.map((pin) => [pin.name, toCandidate(pin)]));
  const isWhole = extras.length + groups.length === 0;
  const names = async (part: Part) => new Set(isWhole ? only.keys() : (await run(part, only)).map(({ name }) => name));
  const base = await names({ inputs: subject.base, extras: [], withProject: true });
  const ofExtra = new Map<NormalizedName, ReadonlySet<NormalizedName>>();
  for (const extra of extras)
    ofExtra.set(extra, await names({ inputs: subject.base, extras: [extra], withProject: true }));
  const ofGroup = new Map<string, ReadonlySet<NormalizedName>>();
  for (const group of groups)
    ofGroup.set(group, await names({ inputs: inputsOf([group]), extras: [], withProject: false }));
  return all.map((pin) => ({
    ...pin,
    neededBy: {
      base: base.has(pin.name),
      extras: extras.filter((extra) => ofExtra.get(extra)!.has(pin.name)),
      groups: groups.filter((group) => ofGroup.get(group)!.has(pin.name)),
    },
  }));
}

interface Part {
  readonly inputs: readonly RequirementInput[];
  readonly extras: readonly NormalizedName[];
  readonly withProject: boolean;
}

async function resolvePart(
  { tool, index, opener, options }: SubjectContext,
  interpreter: Interpreter,
  project: DirectDistribution | undefined,
  { inputs, extras, withProject }: Part,
  only: ReadonlyMap<NormalizedName, SourcedCandidate> | undefined,
): Promise<readonly ResolvedPin[]> {
  const choices: ResolveWheelsOptions = {
    ...options,
    inputs,
    interpreter,
    ...(only === undefined ? {} : { policy: { ...options.policy, only } }),
  };
  const taken = await takeInputs(opener, choices);
  const roots = project === undefined || !withProject ? [] : [projectRoot(project, extras)];
  if (project !== undefined && withProject) taken.direct.set(project.name, project);
  return pinVersions({ tool, index, opener, asked: { ...taken, roots: [...roots, ...taken.roots] } }, choices);
}

function projectRoot(project: DirectDistribution, extras: readonly NormalizedName[]): RootRequirement {
  const asked = extras.length === 0 ? '' : `[${extras.join(',')}]`;
  return {
    requirement: parseRequirement(`${project.name}${asked}===${project.version.text}`),
    source: 'the project',
    candidate: {
      name: project.name,
      version: project.version,
      yanked: false,
      file: { from: 'direct', direct: project },
    },
  };
}

function toCandidate({ name, version, source }: ResolvedPin): SourcedCandidate {
  return { name, version: parseVersion(version), yanked: false, file: source };
}

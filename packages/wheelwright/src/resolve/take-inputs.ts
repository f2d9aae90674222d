// Turns inputs into a request for the resolver. A name with specifiers becomes a root requirement. A direct requirement is
// opened to read its metadata, and becomes the only candidate of its name.
import path from 'node:path';
import { redactUrls } from '@wheelwright/errors';
import type { IndexClient } from '@wheelwright/index-client';
import {
  evaluateMarker,
  formatDirectUrl,
  type NormalizedName,
  parseRequirement,
  parseSdistFilename,
  parseWheelFilename,
} from '@wheelwright/packaging';
import type { RootRequirement } from '@wheelwright/resolver';
import type { DirectDistribution, SourcedCandidate, SourceOpener } from '../requirements/distribution-source.ts';
import type { Constraint, DirectInput, RequirementInput } from '../requirements/requirement-inputs.ts';
import type { ResolveWheelsOptions } from '../requirements/resolution.ts';
import { HashesByName } from '../requirements/stated-hashes.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** The request to the resolver, for one interpreter. */
export interface AskedFor {
  /** The root requirements, in the given order. */
  readonly roots: readonly RootRequirement[];
  readonly constraints: readonly Constraint[];
  /** Distributions that replace all other versions of their name. */
  readonly direct: Map<NormalizedName, DirectDistribution>;
  /** Hashes from requirements, constraints and URLs. */
  readonly hashes: HashesByName;
  /** Opens a direct input, with all hashes that are stated for its name. */
  readonly open: (input: DirectInput) => Promise<DirectDistribution>;
  /** The candidate that a constraint names by URL (`name @ URL`), opened if the resolution needs the name. */
  readonly openConstrained: (name: NormalizedName) => Promise<SourcedCandidate | undefined>;
}

/** Values that the steps of one resolution share. */
export interface ResolutionContext {
  readonly tool: Tool;
  readonly index: IndexClient;
  readonly opener: SourceOpener;
  readonly asked: AskedFor;
}

/** Reads the inputs whose markers hold. Throws WHEELWRIGHT_HASH_MISSING and the errors of opening a source. */
export async function takeInputs(
  opener: SourceOpener,
  asked: Pick<ResolveWheelsOptions, 'inputs' | 'constraints' | 'requireHashes' | 'interpreter'>,
): Promise<AskedFor> {
  const { markers } = asked.interpreter;
  const roots: RootRequirement[] = [];
  const direct = new Map<NormalizedName, DirectDistribution>();
  const hashes = new HashesByName();
  const constraints = (asked.constraints ?? []).filter(
    ({ requirement: { marker } }) => marker === undefined || evaluateMarker(marker, markers),
  );
  for (const { requirement, hashes: own, source } of constraints) hashes.add(requirement.normalizedName, own, source);

  const inputs = asked.inputs.filter((input) => {
    const marker = input.kind === 'direct' ? input.marker : input.requirement.marker;
    return marker === undefined || evaluateMarker(marker, markers);
  });
  // All stated hashes are collected before the first artifact is opened, whatever the order of the lines.
  for (const input of inputs) {
    const name = nameOf(input);
    if (name !== undefined) hashes.add(name, input.hashes, input.source);
  }
  const open = async (input: DirectInput) => {
    const name = nameOf(input);
    const stated = name === undefined ? input.hashes : (hashes.of(name) ?? []);
    if (asked.requireHashes === true && stated.length === 0) throw withoutHash(input);
    const found = await opener.open({ ...input, hashes: stated });
    if (name === undefined) refuseUncompared(found, input, hashes);
    addDirect(direct, found, input);
    return found;
  };
  for (const input of inputs) {
    if (input.kind === 'requirement')
      roots.push({ requirement: input.requirement, source: input.source, requested: true });
    else roots.push(rootOf(input, await open(input)));
  }

  const constrained = new Map(
    constraints.flatMap((one) => (one.direct === undefined ? [] : [[one.requirement.normalizedName, one]])),
  );
  return {
    roots,
    constraints,
    direct,
    hashes,
    open,
    async openConstrained(name) {
      const constraint = constrained.get(name);
      if (constraint?.direct === undefined || direct.has(name)) return undefined;
      return toCandidate(await open(constraint.direct));
    },
  };
}

/** The name of an input, if its text states it. */
function nameOf(input: RequirementInput): NormalizedName | undefined {
  if (input.kind === 'requirement') return input.requirement.normalizedName;
  if (input.name !== undefined || input.location.kind !== 'archive') return input.name;
  const { format, path: file, url } = input.location;
  const filename = file === undefined ? lastSegment(url!) : path.basename(file);
  try {
    return format === 'wheel' ? parseWheelFilename(filename).name : parseSdistFilename(filename).name;
  } catch {
    return undefined; // The name of another archive is known when it is opened.
  }
}

function lastSegment(url: string): string {
  const { pathname } = new URL(url);
  return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
}

function rootOf({ extras, source }: DirectInput, found: DirectDistribution): RootRequirement {
  const asked = extras.length > 0 ? `[${extras.join(',')}]` : '';
  const requirement = parseRequirement(`${found.name}${asked}===${found.version.text}`);
  return { requirement, source, requested: true, candidate: toCandidate(found) };
}

function toCandidate(direct: DirectDistribution): SourcedCandidate {
  return { name: direct.name, version: direct.version, yanked: false, file: { from: 'direct', direct } };
}

function addDirect(
  direct: Map<NormalizedName, DirectDistribution>,
  found: DirectDistribution,
  { source }: DirectInput,
): void {
  const earlier = direct.get(found.name);
  const urls = [earlier ?? found, found].map(({ directUrl }) => formatDirectUrl(directUrl));
  if (urls[0] !== urls[1])
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `The request names two different sources of ${found.name}: ${redactUrls(earlier!.directUrl.url)} and ${source}.`,
      { hint: 'Name only one of them.', data: { name: found.name } },
    );
  direct.set(found.name, found);
}

/** Thrown before the input is fetched or built. */
function withoutHash({ source, location }: DirectInput): WheelwrightError {
  const canHave = location.kind === 'archive';
  return new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `Every requirement needs a stated hash here, and ${source} ${canHave ? 'has none' : `is a ${location.kind}, which can have none`}.`,
    {
      hint: canHave ? 'Add --hash=sha256:… to it.' : 'Name a wheel or an sdist, or remove all hashes.',
      data: { source },
    },
  );
}

/** Throws if hashes are stated for a name that was known only after opening the source. */
function refuseUncompared({ name }: DirectDistribution, { source }: DirectInput, hashes: HashesByName): void {
  if (hashes.of(name) === undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `${source} turned out to be ${name}, and was not compared with the hash that is stated for ${name}.`,
    { hint: `Write ${name} @ URL.`, data: { source, name } },
  );
}

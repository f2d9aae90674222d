// Inputs made into the resolver's question: names with specifiers become roots as they are; a direct requirement is fetched
// or built, and its wheel is then the only candidate of its name.
import path from 'node:path';
import {
  evaluateMarker,
  type NormalizedName,
  parseRequirement,
  parseSdistFilename,
  parseWheelFilename,
} from '@wheelwright/packaging';
import type { RootRequirement } from '@wheelwright/resolver';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { Constraint, DirectInput, RequirementInput } from './requirement-inputs.ts';
import type { ResolveWheelsOptions } from './resolution.ts';
import { HashesByName } from './stated-hashes.ts';
import { type DirectWheel, type TakeDirectContext, takeDirect } from './take-direct.ts';

/** The question, for one interpreter. */
export interface AskedFor {
  /** In the order given. */
  readonly roots: readonly RootRequirement[];
  readonly constraints: readonly Constraint[];
  /** Wheels that stand in for every other version of their name. */
  readonly direct: Map<NormalizedName, DirectWheel>;
  /** From requirements, constraints and URLs. */
  readonly hashes: HashesByName;
  /** Takes the direct wheel that a constraint names (`name @ URL`), when the name turns out to be needed. */
  readonly takeConstrained: (name: NormalizedName) => Promise<DirectWheel | undefined>;
}

/** Reads the inputs whose markers hold. Throws what {@link takeDirect} throws. */
export async function takeInputs(
  context: TakeDirectContext,
  asked: Pick<ResolveWheelsOptions, 'inputs' | 'constraints' | 'requireHashes'>,
): Promise<AskedFor> {
  const { markers } = context.interpreter;
  const roots: RootRequirement[] = [];
  const direct = new Map<NormalizedName, DirectWheel>();
  const hashes = new HashesByName();
  const constraints = (asked.constraints ?? []).filter(
    ({ requirement: { marker } }) => marker === undefined || evaluateMarker(marker, markers),
  );
  for (const { requirement, hashes: own, source } of constraints) hashes.add(requirement.normalizedName, own, source);

  const inputs = asked.inputs.filter((input) => {
    const marker = input.kind === 'direct' ? input.marker : input.requirement.marker;
    return marker === undefined || evaluateMarker(marker, markers);
  });
  // Every stated hash is known before the first artifact is looked at, whatever the order of the lines.
  for (const input of inputs) {
    const name = nameOf(input);
    if (name !== undefined) hashes.add(name, input.hashes, input.source);
  }
  const take = async (input: DirectInput) => {
    const name = nameOf(input);
    const stated = name === undefined ? input.hashes : (hashes.of(name) ?? []);
    if (asked.requireHashes === true && stated.length === 0) throw withoutHash(input);
    const found = await takeDirect(context, { ...input, hashes: stated });
    if (name === undefined) refuseUncompared(found, input, hashes);
    addDirect(direct, found);
    return found;
  };
  for (const input of inputs) {
    if (input.kind === 'requirement')
      roots.push({ requirement: input.requirement, source: input.source, requested: true });
    else roots.push(rootOf(input, await take(input)));
  }

  const constrained = new Map(
    constraints.flatMap((one) => (one.direct === undefined ? [] : [[one.requirement.normalizedName, one]])),
  );
  return {
    roots,
    constraints,
    direct,
    hashes,
    async takeConstrained(name) {
      const constraint = constrained.get(name);
      if (constraint?.direct === undefined) return undefined;
      return direct.get(name) ?? (await take(constraint.direct));
    },
  };
}

/** The name of what an input brings, as far as its text says it. */
function nameOf(input: RequirementInput): NormalizedName | undefined {
  if (input.kind === 'requirement') return input.requirement.normalizedName;
  if (input.name !== undefined || input.location.kind !== 'archive') return input.name;
  const { format, path: file, url } = input.location;
  const filename = file === undefined ? lastSegment(url!) : path.basename(file);
  try {
    return format === 'wheel' ? parseWheelFilename(filename).name : parseSdistFilename(filename).name;
  } catch {
    return undefined; // an archive by any other name says what it is when it is opened
  }
}

function lastSegment(url: string): string {
  const { pathname } = new URL(url);
  return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1));
}

function rootOf({ extras, source }: DirectInput, { name, wheel }: DirectWheel): RootRequirement {
  const { version } = parseWheelFilename(wheel.filename);
  const asked = extras.length > 0 ? `[${extras.join(',')}]` : '';
  return { requirement: parseRequirement(`${name}${asked}===${version.text}`), source, requested: true };
}

function addDirect(direct: Map<NormalizedName, DirectWheel>, found: DirectWheel): void {
  const earlier = direct.get(found.name);
  if (earlier !== undefined && earlier.wheel.sha256 !== found.wheel.sha256)
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `Two different sources of ${found.name} are given: ${earlier.wheel.filename} and ${found.wheel.filename}.`,
      { hint: 'Name only one of them.', data: { name: found.name } },
    );
  direct.set(found.name, found);
}

/** Said before anything of it is fetched or built. */
function withoutHash({ source, location }: DirectInput): WheelwrightError {
  const canHave = location.kind === 'archive';
  return new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `Every requirement needs a stated hash here, and ${source} ${canHave ? 'has none' : `is a ${location.kind}, which can have none`}.`,
    {
      hint: canHave ? 'Add --hash=sha256:… to it.' : 'Name a wheel or an sdist, or leave out every hash.',
      data: { source },
    },
  );
}

/** Throws where hashes are stated for a name that only the opened source told. */
function refuseUncompared({ name }: DirectWheel, { source }: DirectInput, hashes: HashesByName): void {
  if (hashes.of(name) === undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `${source} turned out to be ${name}, and the hash that is stated for ${name} was not compared with it.`,
    { hint: `Write ${name} @ URL.`, data: { source, name } },
  );
}

// Builds without isolation: the backend runs in the environment of the named interpreter. As in `python -m build
// --no-isolation`, the build requirements are checked before any hook runs.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  evaluateMarker,
  formatRequirement,
  formatSpecifiers,
  type NormalizedName,
  normalizeName,
  parseRequirement,
  type Requirement,
  satisfies,
  tryParseVersion,
} from '@wheelwright/packaging';
import type { ProvidedEnvironment, Provisioner } from '@wheelwright/pep517';
import type { Interpreter } from '@wheelwright/python';
import { parseFact } from '../tool/parse-fact.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Options of a build without isolation. */
export interface HostEnvironmentOptions {
  readonly interpreter: Interpreter;
  /** False: do not check the build requirements. */
  readonly checksRequirements: boolean;
}

/** A provisioner that returns the interpreter's own environment. `provide` throws WHEELWRIGHT_BUILD_REQUIREMENTS. */
export function createHostProvisioner(
  tool: Tool,
  { interpreter, checksRequirements }: HostEnvironmentOptions,
): Provisioner {
  const python = interpreter.foundAs;
  const environment: ProvidedEnvironment = {
    python,
    binDir: path.dirname(python),
    isolated: false,
    release: async () => {},
  };
  if (!checksRequirements) return { provide: async () => environment };
  let listed: Promise<InstalledByName> | undefined;
  const check = async (requirements: readonly string[], askedBy: string) => {
    listed ??= listInstalled(tool, python);
    requireMet({ requirements, askedBy, interpreter }, await listed);
  };
  return {
    async provide(requirements) {
      await check(requirements, 'build-system.requires');
      return {
        ...environment,
        async extend(more, { askedBy }) {
          await check(more, askedBy);
          return environment;
        },
      };
    },
  };
}

interface Installed {
  readonly version: string;
  readonly requires: readonly string[];
}

type InstalledByName = ReadonlyMap<NormalizedName, Installed>;

/** Lists what an interpreter can import, also the user's packages. Only the interpreter itself knows its path. */
const listing = `
import json
try:
    from importlib.metadata import distributions
    found = [(d.metadata["Name"], d.version, d.requires or []) for d in distributions()]
except ImportError:
    import pkg_resources
    found = [(d.project_name, d.version, [str(r) for r in d.requires()]) for d in pkg_resources.working_set]
print(json.dumps([each for each in found if each[0] and each[1]]))
`;

async function listInstalled(tool: Tool, python: string): Promise<InstalledByName> {
  const { stdout } = await promisify(execFile)(python, ['-c', listing], {
    env: { ...tool.settings.hookEnvironment, PYTHONIOENCODING: 'utf-8' },
    maxBuffer: 2 ** 28,
    ...(tool.signal === undefined ? {} : { signal: tool.signal }),
  });
  const { found } = parseFact(`{"found":${stdout.slice(stdout.lastIndexOf('\n', stdout.length - 2) + 1)}}`);
  const installed = new Map<NormalizedName, Installed>();
  for (const [name, version, requires] of (found ?? []) as [string, string, string[]][]) {
    // Python imports the first one on its path.
    const key = normalizeName(name);
    if (!installed.has(key)) installed.set(key, { version, requires });
  }
  return installed;
}

interface Wanted {
  readonly requirements: readonly string[];
  readonly askedBy: string;
  readonly interpreter: Interpreter;
}

function requireMet({ requirements, askedBy, interpreter }: Wanted, installed: InstalledByName): void {
  const unmet = findUnmet(requirements, interpreter, installed);
  if (unmet.length === 0) return;
  const told = unmet.map(({ wanted, found, requiredBy }) => {
    const by = requiredBy === undefined ? '' : `, which ${requiredBy} requires`;
    return `${wanted}${by} (${found === undefined ? 'not installed' : `${found} is installed`})`;
  });
  throw new WheelwrightError(
    'WHEELWRIGHT_BUILD_REQUIREMENTS',
    `${interpreter.foundAs} lacks requirements of the build: ${told.join('; ')}.`,
    {
      hint: 'Install it there, build with isolation, or skip this check with --skip-dependency-check.',
      data: { python: interpreter.foundAs, askedBy, unmet },
    },
  );
}

/** A requirement that is not met. */
export interface UnmetBuildRequirement {
  /** Name and specifiers. */
  readonly wanted: string;
  /** The installed version; undefined if none. */
  readonly found: string | undefined;
  /** The installed distribution that requires it; undefined if the project itself does. */
  readonly requiredBy: string | undefined;
}

/** The unmet requirements among `requirements` and those of the distributions that meet them. */
export function findUnmet(
  requirements: readonly string[],
  { markers }: Pick<Interpreter, 'markers'>,
  installed: InstalledByName,
): readonly UnmetBuildRequirement[] {
  const unmet: UnmetBuildRequirement[] = [];
  const seen = new Set<string>();
  const visit = (requirement: Requirement, extras: readonly string[], requiredBy: string | undefined) => {
    const { marker, normalizedName, name, specifiers, extras: own } = requirement;
    if (marker !== undefined && !evaluateMarker(marker, markers, extras)) return;
    const key = formatRequirement(requirement);
    if (seen.has(key)) return;
    seen.add(key);
    const there = installed.get(normalizedName);
    const version = tryParseVersion(there?.version ?? '');
    const isMet =
      there !== undefined && (version === undefined || satisfies(version, specifiers, { prereleases: true }));
    if (!isMet) unmet.push({ wanted: `${name}${formatSpecifiers(specifiers)}`, found: there?.version, requiredBy });
    for (const text of isMet ? there.requires : []) {
      const needed = tryRequirement(text);
      if (needed !== undefined) visit(needed, own, name);
    }
  };
  for (const text of requirements) visit(parseRequirement(text), [], undefined);
  return unmet;
}

function tryRequirement(text: string): Requirement | undefined {
  try {
    return parseRequirement(text);
  } catch {
    return undefined; // Damaged metadata of an installed distribution does not stop a build.
  }
}

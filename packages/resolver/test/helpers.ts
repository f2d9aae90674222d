// An index as a table, and a resolution written as a line: `await pins({ 'a 1': ['b>=2'] }, ['a'])`.
import {
  type MarkerEnvironment,
  type NormalizedName,
  normalizeName,
  parseRequirement,
  parseVersion,
} from '@wheelwright/packaging';
import { type Candidate, type PackageProvider, type Resolution, type ResolveOptions, resolve } from '../src/index.ts';

/** `name version` to what it requires, with what is special about it before: `yanked`, `python>=3.9`. */
export type Table = Readonly<Record<string, readonly string[]>>;

export const environment: MarkerEnvironment = {
  implementation_name: 'cpython',
  implementation_version: '3.11.4',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.0',
  platform_system: 'Linux',
  platform_version: '1',
  python_full_version: '3.11.4',
  python_version: '3.11',
  sys_platform: 'linux',
};

export interface TableProvider extends PackageProvider {
  /** What was asked, in order: a name, or `name version`. */
  readonly asked: string[];
  candidate(label: string): Candidate;
}

/** A provider of `table`; `delay` runs before each answer. */
export function tableProvider(table: Table, delay: (what: string) => Promise<void> = async () => {}): TableProvider {
  const asked: string[] = [];
  const candidates = new Map(Object.entries(table).map(([label, list]) => [label, candidateOf(label, list)]));
  const answer = async <T>(what: string, value: () => T): Promise<T> => {
    asked.push(what);
    await delay(what);
    return value();
  };
  return {
    asked,
    candidate: (label) => candidates.get(label)!,
    candidates: (name) =>
      answer(name, () => [...candidates.values()].filter((one) => one.name === name && !isUrl(one))),
    requirements: (candidate) =>
      answer(`${candidate.name} ${candidate.version.text}`, () => ({
        requiresDist: table[candidate.file as string]!.filter((one) => !/^(yanked|python[<>=~!])/.test(one)),
      })),
    direct: (requirement) =>
      answer(requirement.url!, () => {
        const found = [...candidates].find(([label]) => label.endsWith(` @ ${requirement.url}`));
        if (found === undefined) throw new Error(`nothing at ${requirement.url}`);
        return found[1];
      }),
  };
}

export type Options = Partial<Omit<ResolveOptions, 'requirements' | 'constraints' | 'installed'>> & {
  readonly constraints?: readonly string[];
  readonly installed?: readonly string[];
};

export function resolveTable(
  table: Table | PackageProvider,
  wanted: readonly string[],
  options: Options = {},
): Promise<Resolution> {
  const provider = isProvider(table) ? table : tableProvider(table);
  return resolve({
    environment,
    pythonVersion: '3.11.4',
    upgrade: 'none',
    provider,
    ...options,
    requirements: wanted.map((text) => ({ requirement: parseRequirement(text), source: 'the test' })),
    constraints: (options.constraints ?? []).map((text) => ({
      requirement: parseRequirement(text),
      source: 'a constraint',
    })),
    installed: new Map(
      (options.installed ?? []).map((label) => [nameOf(label), (provider as TableProvider).candidate(label)]),
    ),
  });
}

/** The pins of a resolution as `name version`, extras in brackets. */
export async function pins(
  table: Table | PackageProvider,
  wanted: readonly string[],
  options: Options = {},
): Promise<string[]> {
  const resolution = await resolveTable(table, wanted, options);
  return resolution.pins.map(({ candidate, extras }) => {
    const brackets = extras.length === 0 ? '' : `[${extras.join(',')}]`;
    return `${candidate.name}${brackets} ${candidate.version.text}`;
  });
}

/** The message of the failure. */
export async function failure(table: Table | PackageProvider, wanted: readonly string[], options: Options = {}) {
  const error = await resolveTable(table, wanted, options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error as Error & { code: string; hint: string; data: { packages: string[] } };
}

function candidateOf(label: string, list: readonly string[]): Candidate {
  return {
    name: nameOf(label),
    version: parseVersion(label.split(' ')[1]!),
    yanked: list.includes('yanked'),
    requiresPython: list.find((one) => /^python[<>=~!]/.test(one))?.slice('python'.length),
    file: label,
  };
}

function nameOf(label: string): NormalizedName {
  return normalizeName(label.split(' ')[0]!);
}

function isUrl(candidate: Candidate): boolean {
  return (candidate.file as string).includes(' @ ');
}

function isProvider(table: Table | PackageProvider): table is PackageProvider {
  return typeof table.candidates === 'function';
}

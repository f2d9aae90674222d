// Reads the three files of dist-info that decide how a wheel is installed, and compares them with the file name.
import {
  compareVersions,
  type EntryPoint,
  type Metadata,
  type NormalizedName,
  normalizeName,
  parseEntryPoints,
  parseMetadata,
  parseWheelMetadata,
  tryParseVersion,
  type Version,
} from '@wheelwright/packaging';
import { ArchivesError } from './archives-error.ts';
import type { Oddities } from './oddities.ts';
import { invalid } from './wheel-layout.ts';

const scriptGroups = new Set(['console_scripts', 'gui_scripts']);
const newestMinor = 0;

/** Throws WHEEL_INVALID_METADATA unless METADATA is that of the distribution that the file name promises. */
export function checkMetadata(
  archive: string,
  text: string,
  expected: { readonly name: NormalizedName; readonly version: Version },
  oddities: Oddities,
): Metadata {
  const metadata = attempt(archive, 'METADATA', () => parseMetadata(text));
  for (const oddity of metadata.oddities) oddities.accept(`is odd: its METADATA ${oddity}`);
  const version = tryParseVersion(metadata.version);
  const sameVersion = version !== undefined && compareVersions(version, expected.version) === 0;
  if (sameVersion && normalizeName(metadata.name) === expected.name) return metadata;
  const found = `${metadata.name} ${metadata.version}`;
  throw invalid(
    archive,
    `its METADATA is that of ${found}, and its file name says ${expected.name} ${expected.version.text}`,
  );
}

/**
 * Reads WHEEL. Throws WHEEL_UNSUPPORTED for a newer major version of the format. A newer minor version is a warning, as
 * the specification says; so is 0.x, which wheels had before the specification.
 */
export function checkWheelFile(archive: string, text: string, oddities: Oddities): { readonly rootIsPurelib: boolean } {
  const wheel = attempt(archive, 'WHEEL', () => parseWheelMetadata(text));
  const [major, minor] = wheel.wheelVersion;
  const version = `${major}.${minor}`;
  if (major > 1) {
    throw new ArchivesError('WHEEL_UNSUPPORTED', `${archive} has wheel format ${version}, and only 1.x is known.`, {
      hint: 'Use a newer version of this program, or a wheel of an older format.',
      data: { archive, found: version, expected: '1.x' },
    });
  }
  if (major === 0) oddities.accept(`has wheel format ${version}, which is older than the specification`);
  if (major === 1 && minor > newestMinor) {
    oddities.accept(
      `has wheel format ${version}, which is newer than 1.${newestMinor}; parts of it may be passed over`,
    );
  }
  for (const oddity of wheel.oddities) oddities.accept(`is odd: its WHEEL ${oddity}`);
  return { rootIsPurelib: wheel.rootIsPurelib };
}

const oddInScriptName = [
  ['a slash', /\//],
  ['a backslash', /\\/],
  ['a control character', /[\0-\x1f\x7f]/],
] as const;

/** Throws WHEEL_INVALID_METADATA for an entry point that no script could be made of. */
export function checkEntryPoints(archive: string, text: string, oddities: Oddities): readonly EntryPoint[] {
  const entryPoints = attempt(archive, 'entry_points.txt', () => parseEntryPoints(text));
  const scripts = entryPoints.filter(({ group }) => scriptGroups.has(group)).map(({ name }) => name);
  for (const [what, pattern] of oddInScriptName) {
    const odd = scripts.filter((name) => pattern.test(name)).map((name) => JSON.stringify(name));
    oddities.acceptAll(odd, (names) => `has ${what} in the name of a script: ${names}`);
  }
  return entryPoints;
}

function attempt<T>(archive: string, file: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.replace(/\.$/, '') : String(cause);
    throw invalid(archive, `its ${file} cannot be read (${why})`, file, cause);
  }
}

// Turns the pins of one or more targets into the packages of a lock (PEP 751). Targets share entries. Markers say which
// environment and which part of the project needs an entry.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { IndexClient, IndexFile } from '@wheelwright/index-client';
import {
  andMarkers,
  compareVersions,
  type Marker,
  type NormalizedName,
  orMarkers,
  type PylockFile,
  type PylockPackage,
  parseMarker,
  parseVersion,
  parseWheelFilename,
  selectingMarker,
  tryParseVersion,
  type Version,
} from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { DirectDistribution } from '../requirements/distribution-source.ts';
import type { FormatControl } from '../requirements/format-control.ts';
import { sdistVersion } from '../resolve/offered-files.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { NeededBy, TargetPin } from './resolve-subject.ts';

/** One target with its pins. */
export interface ResolvedTarget {
  readonly interpreter: Interpreter;
  readonly pins: readonly TargetPin[];
}

/** What the packages are made from. */
export interface LockedPackagesContext {
  readonly tool: Tool;
  readonly index: IndexClient;
  /** The path of the lock; paths in it are relative to that. */
  readonly lockDir: string;
  readonly formatsOf: FormatControl;
  /** The packages of the previous lock. The files of a version that stays are copied from it. */
  readonly before: readonly PylockPackage[];
}

/** The packages of a lock, by name and version. Throws the errors of the index for files that must be hashed. */
export async function lockedPackages(
  context: LockedPackagesContext,
  targets: readonly ResolvedTarget[],
): Promise<readonly PylockPackage[]> {
  const entries = new Map<string, { readonly pin: TargetPin; readonly uses: Use[] }>();
  for (const { interpreter, pins } of targets)
    for (const pin of pins) {
      const key = JSON.stringify([pin.name, pin.version, sourceKey(pin)]);
      const entry = entries.get(key) ?? { pin, uses: [] };
      entry.uses.push({ interpreter, neededBy: pin.neededBy });
      entries.set(key, entry);
    }
  const environments = targets.map(({ interpreter }) => interpreter);
  const packages = await mapConcurrently(
    [...entries.values()],
    { limit: 16, signal: context.tool.signal },
    async ({ pin, uses }): Promise<PylockPackage> => {
      const marker = markerOf(uses, environments);
      const source = await sourceOf(context, pin);
      return { name: pin.name, ...(marker === undefined ? {} : { marker }), wheels: [], ...source };
    },
  );
  return packages.sort(
    (a, b) =>
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0) ||
      compareVersions(a.version ?? parseVersion('0'), b.version ?? parseVersion('0')),
  );
}

interface Use {
  readonly interpreter: Interpreter;
  readonly neededBy: NeededBy;
}

/** Identifies the source of a version. A wheel and an sdist of one index have one source. */
function sourceKey({ source }: TargetPin): unknown {
  return source.from === 'direct' ? source.direct.directUrl : undefined;
}

/** The marker of an entry: it holds in the targets that use the entry, for the parts that need it there. */
function markerOf(uses: readonly Use[], all: readonly Interpreter[]): Marker | undefined {
  const bySignature = new Map<string, Use[]>();
  for (const use of uses) {
    const key = JSON.stringify(use.neededBy.base ? 'base' : use.neededBy);
    bySignature.set(key, [...(bySignature.get(key) ?? []), use]);
  }
  const environments = all.map(({ markers }) => markers);
  const terms = [...bySignature.values()].map((same) => {
    const chosen = same.map(({ interpreter }) => interpreter.markers);
    return andMarkers(selectingMarker(chosen, environments), partMarker(same[0]!.neededBy));
  });
  return orMarkers(...terms);
}

/** A marker that holds if one of the parts was requested; undefined for what every environment installs. */
function partMarker({ base, extras, groups }: NeededBy): Marker | undefined {
  if (base) return undefined;
  return orMarkers(
    ...extras.map((extra) => parseMarker(`"${extra}" in extras`)),
    ...groups.map((group) => parseMarker(`"${group}" in dependency_groups`)),
  );
}

async function sourceOf(context: LockedPackagesContext, pin: TargetPin): Promise<Partial<PylockPackage>> {
  const { source } = pin;
  if (source.from === 'direct') return directSource(context, source.direct);
  if (source.from !== 'index' && source.from !== 'sdist') throw new Error(`bug: ${source.from} cannot be locked`);
  const version = parseVersion(pin.version);
  const kept = context.before.find(
    (one) =>
      one.name === pin.name &&
      one.version !== undefined &&
      compareVersions(one.version, version) === 0 &&
      one.index === source.file.index,
  );
  const chosen = source.file;
  const isListed = (file: PylockFile | undefined) => file?.filename === chosen.filename;
  if (kept !== undefined && (isListed(kept.sdist) || kept.wheels.some(isListed))) {
    const { wheels, sdist } = kept;
    return { version, index: chosen.index, wheels, ...(sdist === undefined ? {} : { sdist }) };
  }
  return { version, index: chosen.index, ...(await offeredFiles(context, pin.name, version, chosen)) };
}

/** Every file of the version that the index offers with a hash. A file without one is hashed. */
async function offeredFiles(
  { tool, index, lockDir, formatsOf }: LockedPackagesContext,
  name: NormalizedName,
  version: Version,
  chosen: IndexFile,
): Promise<Pick<PylockPackage, 'wheels' | 'sdist'>> {
  const { wheels: mayUseWheels, sdists: mayUseSdists } = formatsOf(name);
  const wheels: PylockFile[] = [];
  let sdist: PylockFile | undefined;
  for (const file of await index.files(name, isOfVersion(name, version))) {
    if (file.index !== chosen.index) continue;
    const isWheel = file.filename.endsWith('.whl');
    if (isWheel ? !mayUseWheels : !mayUseSdists || (sdist !== undefined && !file.filename.endsWith('.tar.gz')))
      continue;
    const hashes = await hashesOf(tool, index, file, file.url === chosen.url);
    if (hashes === undefined) continue;
    const locked = toPylockFile(file, hashes, lockDir);
    if (isWheel) wheels.push(locked);
    else sdist = locked;
  }
  wheels.sort((a, b) => (a.filename < b.filename ? -1 : 1));
  return { wheels, ...(sdist === undefined ? {} : { sdist }) };
}

/** Tells files of the version by their names; a page has many files of few versions. */
function isOfVersion(name: NormalizedName, version: Version): (filename: string) => boolean {
  const known = new Map<string, boolean>();
  const isSame = (text: string) => {
    const found = tryParseVersion(text);
    return found !== undefined && compareVersions(found, version) === 0;
  };
  return (filename) => {
    if (!filename.endsWith('.whl')) {
      const found = sdistVersion(filename, name);
      return found !== undefined && compareVersions(found, version) === 0;
    }
    const text = filename.split('-', 2)[1] ?? '';
    if (!known.has(text)) known.set(text, isSame(text));
    return known.get(text) === true && isWheelOf(filename, name);
  };
}

function isWheelOf(filename: string, name: NormalizedName): boolean {
  try {
    return parseWheelFilename(filename).name === name;
  } catch {
    return false; // An invalid file name cannot be written into a lock.
  }
}

/** The strong hashes of a file. If there are none, a local file or the chosen file is hashed. */
async function hashesOf(
  tool: Tool,
  index: IndexClient,
  file: IndexFile,
  isChosen: boolean,
): Promise<Readonly<Record<string, string>> | undefined> {
  const strong = Object.entries(file.hashes).filter(([algorithm]) =>
    /^sha(?:256|384|512)$|^blake2b$|^sha3_/.test(algorithm),
  );
  if (strong.length > 0) return Object.fromEntries(strong);
  if (file.url.startsWith('file:')) {
    const bytes = readFileSync(fileURLToPath(file.url.replace(/#.*$/, '')));
    return { sha256: createHash('sha256').update(bytes).digest('hex') };
  }
  if (!isChosen) return undefined;
  const staging = (await tool.store()).stage();
  try {
    const target = path.join(staging.dir, 'file');
    const { sha256 } = await index.download(file, target, tool.signal === undefined ? {} : { signal: tool.signal });
    return { sha256 };
  } finally {
    staging.release();
  }
}

function toPylockFile(file: IndexFile, hashes: Readonly<Record<string, string>>, lockDir: string): PylockFile {
  const { filename, url, size, uploadTime } = file;
  const uploaded = uploadTime === undefined ? Number.NaN : Date.parse(uploadTime);
  return {
    filename,
    ...(url.startsWith('file:')
      ? { path: relativeTo(lockDir, fileURLToPath(url.replace(/#.*$/, ''))) }
      : { url, name: filename }),
    ...(size === undefined ? {} : { size }),
    ...(Number.isNaN(uploaded) ? {} : { uploadTime: new Date(uploaded) }),
    hashes,
  };
}

function directSource(
  { lockDir }: LockedPackagesContext,
  { version, directUrl }: DirectDistribution,
): Partial<PylockPackage> {
  const { url, archive, directory, vcs, subdirectory } = directUrl;
  const below = subdirectory === undefined ? {} : { subdirectory };
  const local = url.startsWith('file:') ? fileURLToPath(url) : undefined;
  if (archive !== undefined) {
    const filename = decodeURIComponent(new URL(url).pathname.split('/').at(-1)!);
    const place = local === undefined ? { url, name: filename } : { path: relativeTo(lockDir, local) };
    return { version, archive: { filename, ...place, hashes: archive.hashes, ...below } };
  }
  // The lock omits the version of a directory, since it changes without the lock.
  if (directory !== undefined && local !== undefined)
    return { directory: { path: relativeTo(lockDir, local), ...(directory.editable ? { editable: true } : {}) } };
  if (vcs === undefined) throw new WheelwrightError('WHEELWRIGHT_BAD_INPUT', `${url} cannot be written into a lock.`);
  const { commitId, requestedRevision } = vcs;
  const asked = requestedRevision === undefined ? {} : { requestedRevision };
  return { version, vcs: { type: vcs.vcs, url, commitId, ...asked, ...below } };
}

/** A relative path with `/`; `.` for the directory of the lock itself. */
function relativeTo(lockDir: string, file: string): string {
  const relative = path.relative(lockDir, file);
  return relative === '' ? '.' : relative.split(path.sep).join('/');
}

/** The versions that a lock has for one environment, for any part. */
export function versionsIn(
  packages: readonly PylockPackage[],
  isFor: (one: PylockPackage) => boolean,
): Map<NormalizedName, Version> {
  return new Map(
    packages.flatMap((one) => (one.version === undefined || !isFor(one) ? [] : [[one.name, one.version] as const])),
  );
}

/** A marker that holds for environments like that of `interpreter` and for no others. */
export function environmentMarker({ markers }: Interpreter): Marker {
  const names = ['python_version', 'sys_platform', 'platform_machine', 'implementation_name'] as const;
  return parseMarker(names.map((name) => `${name} == "${markers[name]}"`).join(' and '));
}

/** Whether the value of `-p` is a version. */
export function isVersionText(text: string): boolean {
  return tryParseVersion(text) !== undefined;
}

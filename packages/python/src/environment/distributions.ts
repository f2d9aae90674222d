// What is installed in a site-packages directory, read from the metadata directories alone. Nothing is imported and no
// Python is started; `.pth` files and what they add are not followed.
import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import path from 'node:path';
import { isErrno } from '@wheelwright/errors';
import {
  type DirectUrl,
  isValidName,
  type NormalizedName,
  normalizeName,
  parseDirectUrl,
  parseRecord,
  type RecordEntry,
} from '@wheelwright/packaging';
import { readText } from '../read-if-present.ts';

export interface InstalledDistribution {
  readonly name: NormalizedName;
  /** As its metadata spells it. */
  readonly rawName: string;
  readonly version: string;
  /** The absolute path of its `.dist-info` (or `.egg-info`) directory. */
  readonly distInfoDir: string;
  readonly distInfoName: string;
  readonly editable: boolean;
  /** What installed it: `pip`, `uv`, `wheelwright`. */
  readonly installer?: string | undefined;
  /** Named by a user, as against required by another distribution. */
  readonly requested: boolean;
  readonly directUrl?: DirectUrl | undefined;
}

/** The distributions in `sitePackagesDir`, by name; none where the directory is missing. */
export function listDistributions(sitePackagesDir: string): InstalledDistribution[] {
  return listNames(sitePackagesDir)
    .flatMap((entry) => readDistribution(sitePackagesDir, entry) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.distInfoName < b.distInfoName ? -1 : 1));
}

/** The entries of its RECORD; undefined where it has none: then nobody knows which files are its own. */
export function readInstalledRecord(
  distribution: Pick<InstalledDistribution, 'distInfoDir'>,
): RecordEntry[] | undefined {
  const text = readText(path.join(distribution.distInfoDir, 'RECORD'));
  return text === undefined ? undefined : parseRecord(text);
}

/** A name with a leading `~` is what an interrupted pip left of one: it is passed over, as pip does. */
function readDistribution(sitePackagesDir: string, distInfoName: string): InstalledDistribution | undefined {
  const match = /^([^~-][^-]*)-([^-]+?)(?:-py\d[\d.]*(?:-[^-]+)?)?\.(dist-info|egg-info)$/.exec(distInfoName);
  const kind = /^[^~].*\.(dist-info|egg-info)$/.exec(distInfoName)?.[1];
  if (kind === undefined) return undefined;
  const distInfoDir = path.join(sitePackagesDir, distInfoName);
  const stated = readNameAndVersion(distInfoDir, kind);
  // METADATA may be damaged; the directory has a name too.
  const rawName = [stated.name, match?.[1]].find((name) => name !== undefined && isValidName(name));
  const version = stated.version ?? match?.[2];
  if (rawName === undefined || version === undefined) return undefined;
  const directUrl = readDirectUrl(distInfoDir);
  return {
    name: normalizeName(rawName),
    rawName,
    version,
    distInfoDir,
    distInfoName,
    editable: directUrl?.directory?.editable === true,
    installer: readText(path.join(distInfoDir, 'INSTALLER'))?.trim() || undefined,
    requested: readText(path.join(distInfoDir, 'REQUESTED')) !== undefined,
    directUrl,
  };
}

/** From the header of METADATA (PKG-INFO of an egg-info, which may be that file itself); its long text is not read. */
function readNameAndVersion(distInfoDir: string, kind: string): { name?: string; version?: string } {
  const files = kind === 'dist-info' ? ['METADATA'] : ['PKG-INFO', '.'];
  const head = files.map((file) => readHead(path.join(distInfoDir, file))).find((text) => text !== undefined);
  const header = /^[\s\S]*?(?=\r?\n\r?\n|$)/.exec(head ?? '')?.[0] ?? '';
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t\\r]*$`, 'im').exec(header)?.[1];
  const [name, version] = [field('Name'), field('Version')];
  return { ...(name ? { name } : {}), ...(version ? { version } : {}) };
}

// Name and Version are the second and third line wherever anything writes them.
const headLength = 4096;

function readHead(file: string): string | undefined {
  let fd: number;
  try {
    fd = openSync(path.normalize(file).replace(/\/$/, ''), 'r');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
  try {
    const head = Buffer.allocUnsafe(headLength);
    return head.toString('utf8', 0, readSync(fd, head, 0, headLength, 0));
  } catch (error) {
    if (isErrno(error, 'EISDIR')) return undefined;
    throw error;
  } finally {
    closeSync(fd);
  }
}

function readDirectUrl(distInfoDir: string): DirectUrl | undefined {
  const text = readText(path.join(distInfoDir, 'direct_url.json'));
  try {
    return text === undefined ? undefined : parseDirectUrl(text);
  } catch {
    return undefined; // what another tool wrote there wrongly says nothing
  }
}

function listNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return [];
    throw error;
  }
}

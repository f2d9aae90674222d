// What is installed in a site-packages directory, read from the metadata alone. Nothing is imported and no Python is
// started; `.pth` files and what they add are not followed. Metadata in any form is listed, however damaged: one odd
// entry must not hide the others.
import path from 'node:path';
import { isDirectory, listNames, readHead, readReadable } from '@wheelwright/atomic-fs';
import {
  type DirectUrl,
  isValidName,
  type NormalizedName,
  normalizeName,
  parseDirectUrl,
  parseRecord,
  type RecordEntry,
} from '@wheelwright/packaging';
import { findLinkedMetadata } from './egg-link.ts';

/**
 * How a distribution says that it is installed:
 * - `dist-info`: a `.dist-info` directory (PyPA specification "Recording installed projects").
 * - `egg-info`: an `.egg-info` directory of setuptools.
 * - `distutils`: an `.egg-info` or `.dist-info` that is a file and not a directory.
 * - `egg`: an `.egg`, a directory or a zip file, of easy_install.
 * - `develop`: an `.egg-link` of `setup.py develop`, which leads to a source tree.
 */
export type DistributionForm = 'dist-info' | 'egg-info' | 'distutils' | 'egg' | 'develop';

/** One distribution in a site-packages directory. */
export interface InstalledDistribution {
  /** Normalized name (PEP 503). */
  readonly name: NormalizedName;
  /** The name as its metadata spells it. */
  readonly rawName: string;
  /** Version as its metadata, or else the name of the entry, states it. */
  readonly version: string;
  /** How it says that it is installed. */
  readonly form: DistributionForm;
  /** The absolute path of the entry in site-packages that makes it installed: `.dist-info`, `.egg-info`, `.egg-link`. */
  readonly distInfoDir: string;
  /** The last part of `distInfoDir`. */
  readonly distInfoName: string;
  /** The absolute path of METADATA or PKG-INFO; undefined where neither can be read. */
  readonly metadataPath: string | undefined;
  /** Whether it leads to a source tree. */
  readonly editable: boolean;
  /** What installed it: `pip`, `uv`, `wheelwright`. */
  readonly installer?: string | undefined;
  /** True when a user named it, false when another distribution required it. */
  readonly requested: boolean;
  /** Its `direct_url.json` (PEP 610), if it has one that can be read. */
  readonly directUrl?: DirectUrl | undefined;
}

/**
 * The distributions in `sitePackagesDir`, sorted by name; none where the directory is missing. Two entries of one name
 * are both listed. Names that begin with `~`, which an interrupted pip leaves, are not listed, as in pip.
 */
export function listDistributions(sitePackagesDir: string): InstalledDistribution[] {
  return listNames(sitePackagesDir)
    .flatMap((entry) => readDistribution(sitePackagesDir, entry) ?? [])
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.distInfoName < b.distInfoName ? -1 : 1));
}

/**
 * The files that the distribution says it consists of, relative to site-packages: the rows of RECORD, or of an egg-info
 * the lines of `installed-files.txt`, which have no hashes. Undefined where it has neither, or neither can be read: then
 * its files are unknown. Throws PACKAGING_* for a RECORD that is not one.
 */
export function readInstalledRecord({
  distInfoDir,
}: Pick<InstalledDistribution, 'distInfoDir'>): RecordEntry[] | undefined {
  const record = readReadable(path.join(distInfoDir, 'RECORD'));
  if (record !== undefined) return parseRecord(record);
  if (!distInfoDir.endsWith('.egg-info')) return undefined;
  const installed = readReadable(path.join(distInfoDir, 'installed-files.txt'));
  if (installed === undefined) return undefined;
  const inSite = (line: string) => path.posix.join(path.basename(distInfoDir), line);
  const lines = installed.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('/'));
  return lines.map((line) => ({ path: inSite(line) }));
}

const suffixes = ['.dist-info', '.egg-info', '.egg-link', '.egg'];

function readDistribution(sitePackagesDir: string, distInfoName: string): InstalledDistribution | undefined {
  const suffix = suffixes.find((one) => distInfoName.endsWith(one));
  if (suffix === undefined || distInfoName.startsWith('~')) return undefined;
  const distInfoDir = path.join(sitePackagesDir, distInfoName);
  if (suffix === '.egg-link') return readLinked(distInfoDir);
  const inside = { '.dist-info': 'METADATA', '.egg-info': 'PKG-INFO', '.egg': 'EGG-INFO/PKG-INFO' }[suffix]!;
  const { metadataPath, ...stated } = readNameAndVersion([path.join(distInfoDir, inside), distInfoDir]);
  const form = formOf(suffix, distInfoDir, metadataPath);
  const named = /^([^-]+)-([^-]+?)(?:-py\d[\d.]*(?:-[^-]+)?)?$/.exec(distInfoName.slice(0, -suffix.length));
  // METADATA may be damaged; the entry has a name too.
  const rawName = [stated.name, named?.[1]].find((name) => name !== undefined && isValidName(name));
  const version = stated.version ?? named?.[2];
  if (rawName === undefined || version === undefined) return undefined;
  const directUrl = readDirectUrl(distInfoDir);
  return {
    name: normalizeName(rawName),
    rawName,
    version,
    form,
    distInfoDir,
    distInfoName,
    metadataPath,
    editable: directUrl?.directory?.editable === true,
    installer: readReadable(path.join(distInfoDir, 'INSTALLER'))?.trim() || undefined,
    requested: readReadable(path.join(distInfoDir, 'REQUESTED')) !== undefined,
    directUrl,
  };
}

function formOf(suffix: string, distInfoDir: string, metadataPath: string | undefined): DistributionForm {
  if (suffix === '.egg') return 'egg';
  const isFile = metadataPath === undefined ? !isDirectory(distInfoDir) : metadataPath === distInfoDir;
  if (isFile) return 'distutils';
  return suffix === '.dist-info' ? 'dist-info' : 'egg-info';
}

/** What an `.egg-link` leads to; undefined where its source tree is gone, which pip does not list either. */
function readLinked(eggLink: string): InstalledDistribution | undefined {
  const linked = findLinkedMetadata(eggLink);
  if (linked === undefined) return undefined;
  const stated = readNameAndVersion([linked.metadataPath]);
  if (stated.name === undefined || stated.version === undefined || !isValidName(stated.name)) return undefined;
  return {
    name: normalizeName(stated.name),
    rawName: stated.name,
    version: stated.version,
    form: 'develop',
    distInfoDir: eggLink,
    distInfoName: path.basename(eggLink),
    metadataPath: linked.metadataPath,
    editable: true,
    requested: true,
    directUrl: parseDirectUrl(JSON.stringify({ url: linked.sourceUrl, dir_info: { editable: true } })),
  };
}

interface StatedMetadata {
  readonly name?: string | undefined;
  readonly version?: string | undefined;
  readonly metadataPath: string | undefined;
}

// Name and Version are the second and third line wherever a tool writes them; the long text is not read.
const headLength = 4096;

function readNameAndVersion(files: readonly string[]): StatedMetadata {
  for (const file of files) {
    const head = readHead(file, headLength);
    // A zipped egg is a file of another kind.
    if (head === undefined || head.startsWith('PK')) continue;
    const header = /^[\s\S]*?(?=\r?\n\r?\n|$)/.exec(head)?.[0] ?? '';
    const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t\\r]*$`, 'im').exec(header)?.[1] || undefined;
    return { name: field('Name'), version: field('Version'), metadataPath: file };
  }
  return { metadataPath: undefined };
}

function readDirectUrl(distInfoDir: string): DirectUrl | undefined {
  const text = readReadable(path.join(distInfoDir, 'direct_url.json'));
  try {
    return text === undefined ? undefined : parseDirectUrl(text);
  } catch {
    return undefined; // a direct_url.json that is not one says nothing
  }
}

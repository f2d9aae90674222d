// A distribution as an owner of files, from its dist-info.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { PackagingError, parseEntryPoints, type RecordEntry } from '@wheelwright/packaging';
import { type InstalledDistribution, readInstalledRecord } from '@wheelwright/python';
import { isUnsafe } from '../layout/protected-paths.ts';
import { within } from '../layout/schemes.ts';
import type { InstalledFile, InstalledOwner, SchemeLayout } from '../model/types.ts';
import type { WheelEntryPoint } from '../model/wheel-tree.ts';

/** What this installer writes into INSTALLER. */
export const installerName = 'wheelwright';

/** `distribution` with what it owns; its RECORD and its entry points are read on their first use. */
export function ownerOf(
  distribution: InstalledDistribution,
  layout: SchemeLayout,
  wheelSha256?: string,
): InstalledOwner {
  const { name, version, form, requested, editable, directUrl, installer, distInfoName, distInfoDir } = distribution;
  let files: readonly InstalledFile[] | undefined | null = null;
  let entryPoints: readonly WheelEntryPoint[] | undefined;
  return {
    name,
    version,
    form,
    distInfoDir: within(layout.sitePackages, distInfoName),
    wheelSha256,
    requested,
    editable,
    directUrl,
    installer,
    get files() {
      if (files === null) files = readRecord(distribution)?.flatMap((entry) => installedFile(entry, layout) ?? []);
      return files;
    },
    get entryPoints() {
      entryPoints ??= readEntryPoints(distInfoDir);
      return entryPoints;
    },
  };
}

// A RECORD that cannot be read counts as none: which files the distribution owns is unknown.
function readRecord(distribution: InstalledDistribution): readonly RecordEntry[] | undefined {
  try {
    const entries = readInstalledRecord(distribution);
    // A RECORD lists itself: one without rows is damaged.
    return entries?.length === 0 ? undefined : entries;
  } catch (error) {
    if (error instanceof PackagingError) return undefined;
    throw error;
  }
}

function readEntryPoints(distInfoDir: string): readonly WheelEntryPoint[] {
  const text = readText(path.join(distInfoDir, 'entry_points.txt'));
  try {
    return text === undefined ? [] : parseEntryPoints(text);
  } catch {
    return []; // another tool installed it like this
  }
}

// RECORD paths are relative to site-packages. Paths outside of the prefix are never changed, so they are left out.
function installedFile({ path: recorded, hash, size }: RecordEntry, layout: SchemeLayout): InstalledFile | undefined {
  const target = placeOf(recorded, layout);
  if (target === undefined) return undefined;
  const sha256 =
    hash === undefined ? undefined : hash.algorithm === 'sha256' ? hash.digest : `${hash.algorithm}=${hash.digest}`;
  return { path: target, sha256, size };
}

/** Any path of which {@link placeOf} has to say more: parts that begin with a dot, empty parts, odd characters. */
const isOdd = /(?:^|\/)(?:\.|\/|$)|[\0-\x1f\x7f\\]/;

function placeOf(recorded: string, { sitePackages, separateLib64 }: SchemeLayout): string | undefined {
  const joined = within(sitePackages, recorded);
  const isPlain = !isOdd.test(recorded);
  if (!isPlain && recorded.startsWith('/')) return undefined;
  const target = !isPlain && /(?:^|\/)\.\.?(?:\/|$)|\/\//.test(recorded) ? path.posix.normalize(joined) : joined;
  if (!isPlain && isUnsafe(target)) return undefined;
  return separateLib64 !== true && target.startsWith('lib64/') ? `lib/${target.slice(6)}` : target;
}

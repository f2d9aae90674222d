// What a source is: the content of a tree by way of its listing, or the bytes of an sdist; and what of it a build key and
// the environment need to know. Notes of earlier looks keep unchanged files from being read again.
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import type { BuildCache } from '../build-cache.ts';
import { type BuildSettings, defaultBuildSettings } from '../project/build-settings.ts';
import { type Project, readProject } from '../project/project.ts';
import { openBuildArea } from '../session/build-area.ts';
import { leftOutDirs } from '../session/place-tree.ts';
import type { SessionOptions } from '../session/session-options.ts';
import { isSdistFile, openSdistSource } from '../session/source.ts';
import { hashTree, type TreeIndex } from '../tree/hash-tree.ts';
import type { TreeScan } from '../tree/scan-tree.ts';
import { listTree } from '../tree/snapshot-tree.ts';
import { deepState } from './path-state.ts';

/** A source as a key needs it. */
export interface SourceIdentity {
  /** Absolute. */
  readonly path: string;
  /** The hash of the content, or what the caller says that it is. */
  readonly hash: string;
  readonly requires: readonly string[];
  readonly settings: Pick<BuildSettings, 'cache' | 'cacheSalt' | 'env' | 'strategy'>;
  /** What links of the tree lead to outside, and what the project declares beside it, by path. */
  readonly sources: Readonly<Record<string, string>>;
  /** Of a tree: what was listed, and the content of each file. */
  readonly scan?: TreeScan | undefined;
  readonly index?: TreeIndex | undefined;
}

/** A source that has no identity at this moment, and why. */
export interface Unidentified {
  readonly reason: string;
}

type IdentityOptions = Pick<
  SessionOptions,
  'sourceDir' | 'buildsDir' | 'outDir' | 'leaveOut' | 'sourceIdentity' | 'signal'
> & { readonly cache: BuildCache };

/** Looks at the source. Codes: PEP517_NOT_A_PROJECT, PEP517_BAD_PYPROJECT, SDIST_…. */
export async function identifySource(options: IdentityOptions): Promise<SourceIdentity | Unidentified> {
  return isSdistFile(options.sourceDir) ? await identifySdist(options) : await identifyTree(options);
}

/** An absent path below the builds, for files that are removed again. */
export function scratchIn(buildsDir: string): string {
  mkdirSync(buildsDir, { recursive: true });
  return path.join(buildsDir, `.index-${process.pid}`);
}

async function identifyTree(options: IdentityOptions): Promise<SourceIdentity | Unidentified> {
  const { sourceDir, buildsDir, cache, sourceIdentity } = options;
  const project = readProject(sourceDir);
  const { settings, dir, requires } = project;
  const known = { path: dir, requires, settings };
  const { scan, unsettled } = await listTree(dir, scratchIn(buildsDir), {
    leaveOut: leftOutDirs(options),
    patterns: settings.patterns,
  });
  if (unsettled !== undefined) return { reason: `${unsettled} has changed this very moment` };
  const sources = sourcesOf(project, scan);
  const missing = Object.entries(sources).find(([, state]) => state === undefined);
  if (missing !== undefined) return { reason: `${missing[0]} leads to more files than are looked at` };
  const note = `index ${dir}`;
  const earlier = parseIndex(cache.readNote(note));
  const { hash, index } = hashTree(dir, scan, earlier);
  const isKnown = Object.keys(index).length === Object.keys(earlier).length;
  if (!isKnown || Object.entries(index).some(([name, [fingerprint]]) => earlier[name]?.[0] !== fingerprint)) {
    cache.writeNote(note, JSON.stringify(index));
  }
  return { ...known, hash: sourceIdentity ?? hash, sources: sources as Record<string, string>, scan, index };
}

function sourcesOf({ dir, settings }: Project, scan: TreeScan): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  for (const name of settings.sources) found[name] = deepState(path.resolve(dir, name));
  for (const { path: name, kind, target } of scan.entries) {
    if (kind !== 'symlink' || target === undefined) continue;
    const goal = path.resolve(path.dirname(path.join(dir, name)), target);
    if (goal !== dir && !goal.startsWith(dir + path.sep)) found[`link ${name}`] = deepState(goal);
  }
  return found;
}

/** What is known of an sdist by its hash; `requires` and settings come out of it once. */
async function identifySdist(options: IdentityOptions): Promise<SourceIdentity> {
  const { cache, sourceIdentity, buildsDir, signal } = options;
  const sdistPath = path.resolve(options.sourceDir);
  const hash = sourceIdentity ?? `sha256:${await hashOnce(sdistPath, cache)}`;
  const note = `sdist ${hash}`;
  const kept = parseSdistNote(cache.readNote(note));
  if (kept !== undefined) return { path: sdistPath, hash, sources: {}, ...kept };
  const area = await openBuildArea(buildsDir, sdistPath);
  try {
    const { project } = await openSdistSource(sdistPath, area, signal);
    const { cache: policy, cacheSalt, env, strategy } = project.settings;
    const facts = { requires: project.requires, settings: { cache: policy, cacheSalt, env, strategy } };
    cache.writeNote(note, JSON.stringify(facts));
    return { path: sdistPath, hash, sources: {}, ...facts };
  } finally {
    area.release();
  }
}

async function hashOnce(file: string, cache: BuildCache): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs, ctimeMs } = statSync(file, { bigint: true });
  const identity = [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  const note = `file ${file}`;
  const [known, hash] = (cache.readNote(note) ?? '').split('\n');
  if (known === identity && hash !== undefined) return hash;
  const found = await hashFile(file);
  // One that has just changed may change again without its times saying so.
  if (Date.now() - Number(ctimeMs) > 1000) cache.writeNote(note, `${identity}\n${found}`);
  return found;
}

function parseIndex(text: string | undefined): TreeIndex {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null ? (value as TreeIndex) : {};
  } catch {
    return {};
  }
}

function parseSdistNote(text: string | undefined): Pick<SourceIdentity, 'requires' | 'settings'> | undefined {
  try {
    const { requires, settings } = JSON.parse(text ?? '') as Pick<SourceIdentity, 'requires' | 'settings'>;
    return Array.isArray(requires) ? { requires, settings: { ...defaultBuildSettings, ...settings } } : undefined;
  } catch {
    return undefined;
  }
}

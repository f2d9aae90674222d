// Returns a cached build if key and observed inputs are equal; then no Python starts. Otherwise one of all threads and
// processes that want the build runs it and caches the result.
//
// Protocol (docs/protocols/build.md, "Kept builds"):
// K1. List and hash the source, identify the environment: the key.               crash here: nothing was done.
// K2. If a record of the key has the present observed inputs, fetch, check and publish its artifact.
//                                                                                crash here: the old artifact or the new.
// K3. Take the key's lock and repeat K2.                                         crash here: the lock is free.
// K4. Run steps 1 to 5 of the build, and collect the observed inputs.            crash here: as in the build.
//     The lock is released while an environment gets the requirements of a hook, since that may wait for builds of other
//     keys, which may wait for this one. Afterwards repeat K2.
// K5. Store the artifact, then the record, unless an input cannot be observed.   crash here: a file without a record.
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import { publishArtifact } from './artifact/publish-artifact.ts';
import type { BuildCache } from './build-cache.ts';
import type { BuildRecord } from './build-record.ts';
import { buildUncached } from './build-uncached.ts';
import { buildKey, type KeyParts } from './cache/build-key.ts';
import { explainKey, lastBuildNote } from './cache/explain-key.ts';
import {
  asksForNow,
  changedInputs,
  collectInputs,
  type Surroundings,
  type Workplace,
} from './cache/observed-inputs.ts';
import { identifySource, type SourceIdentity, scratchIn } from './cache/source-identity.ts';
import { ownPlaces } from './runner/own-places.ts';
import { runProgram } from './runner/run-program.ts';
import { dependencyFile, openBuildArea } from './session/build-area.ts';
import type { BuildSession } from './session/build-session.ts';
import type { BuildOptions, BuildResult } from './session/build-types.ts';
import type { PlacedTree } from './session/place-tree.ts';
import type { Remembers } from './session/session-options.ts';
import { sameListing } from './tree/hash-tree.ts';

/** Options of a build that may be cached. */
export type CachedBuildOptions = BuildOptions & { readonly cache: BuildCache };

/** A build with a key. */
interface Keyed {
  readonly key: string;
  readonly parts: KeyParts;
  readonly source: SourceIdentity;
  readonly here: Surroundings;
  /** The name of the text about the last build. */
  readonly note: string;
}

/** See `build`. */
export async function buildThroughCache(options: CachedBuildOptions): Promise<Omit<BuildResult, 'ms'>> {
  const { cache, cacheMode = 'use', onEvent, signal, lockTimeoutMs } = options;
  // K1.
  const keyed = await identify(options);
  if ('reason' in keyed) {
    onEvent?.({ type: 'cache', state: 'not-kept', reasons: [keyed.reason] });
    return await buildUncached(options);
  }
  const reasons: string[] = [];
  const again = async () => {
    reasons.length = 0;
    const record = await findRecord(options, keyed, reasons);
    return record === undefined ? undefined : await giveBack(options, keyed, record);
  };
  // K2.
  const given = cacheMode === 'renew' ? undefined : await again();
  if (given !== undefined) return given;
  // K3.
  return await cache.alone(
    keyed.key,
    async ({ pause }) => {
      const found = cacheMode === 'renew' ? undefined : await again();
      if (found !== undefined) return found;
      const explained = explainKey(cache.readNote(keyed.note), keyed.parts, keyed.source.index);
      const all = cacheMode === 'renew' ? ['the caller asked for a new build'] : [...explained, ...reasons];
      onEvent?.({ type: 'cache', state: 'miss', reasons: all.length === 0 ? ['it is not in the cache'] : all });
      // K4, K5.
      return await buildUncached(options, {
        observes: true,
        remembers: answersIn(cache, keyed.parts),
        pause,
        builtMeanwhile: async () => (cacheMode === 'renew' ? undefined : await again()),
        onChecked: (session, artifact, place) => keepBuild(options, keyed, { session, artifact, place }),
      });
    },
    { signal, timeoutMs: lockTimeoutMs },
  );
}

/** What get_requires of setuptools answered in the same environment. */
function answersIn(cache: BuildCache, { environment, interpreter }: KeyParts): Remembers {
  const note = `requires of setuptools in ${environment.join(' ')} ${JSON.stringify(interpreter)}`;
  return {
    read: () => cache.readNote(note),
    write: (text) => cache.readNote(note) !== text && cache.writeNote(note, text),
  };
}

/** The record of the cached build that `build` would return; undefined if it would run a build. */
export async function findBuilt(options: Omit<CachedBuildOptions, 'outDir'>): Promise<BuildRecord | undefined> {
  const keyed = await identify(options);
  return 'reason' in keyed ? undefined : await findRecord(options, keyed, []);
}

async function identify(
  options: Omit<CachedBuildOptions, 'outDir'> & { readonly outDir?: string | undefined },
): Promise<Keyed | { readonly reason: string }> {
  const { provisioner, interpreter, kind, configSettings = {}, signal, underConstruction, strategy } = options;
  const { identity } = interpreter;
  if (provisioner.identify === undefined) return { reason: 'the packages of its environment are not known' };
  if (identity === undefined) return { reason: 'the interpreter is not known' };
  const source = await identifySource(options);
  if ('reason' in source) return source;
  const { settings } = source;
  if (settings.cache === 'never') return { reason: 'the project says so (cache = "never")' };
  const isInPlace = kind !== 'editable' && (strategy ?? settings.strategy) === 'in-place';
  if (isInPlace && source.scan !== undefined) return { reason: 'it is built in place' };
  const waiting = [...(underConstruction ?? []), { dir: source.path }];
  const environment = await provisioner.identify(source.requires, interpreter, { signal, underConstruction: waiting });
  if (environment === undefined) return { reason: 'the wheels that its requirements resolve to are not known' };
  const parts: KeyParts = {
    source: source.hash,
    kind,
    configSettings,
    environment,
    interpreter: identity,
    salt: settings.cacheSalt,
    sources: source.sources,
    place: kind === 'editable' ? source.path : undefined,
  };
  const here = {
    sourceDir: source.path,
    environment: options.environment,
    declared: settings.env,
    scratchPath: scratchIn(options.buildsDir),
  };
  return { key: buildKey(parts), parts, source, here, note: `last ${kind} ${source.path} ${JSON.stringify(identity)}` };
}

/** The first record with the present inputs; otherwise the reason why the newest does not match. */
async function findRecord(
  { cache, provisioner, interpreter, signal }: Omit<CachedBuildOptions, 'outDir'>,
  { key, source, here }: Keyed,
  reasons: string[],
): Promise<BuildRecord | undefined> {
  for (const record of await cache.read(key)) {
    const { observed } = record;
    const changed = changedInputs(observed, here);
    if (changed.length === 0 && observed.requires.length > 0) {
      const wanted = [...source.requires, ...observed.requires];
      const environment = await provisioner.identify?.(wanted, interpreter, { signal });
      if (environment?.join() !== observed.environment.join())
        changed.push('the requirements of a hook resolve to other wheels');
    }
    if (changed.length === 0) return record;
    if (reasons.length === 0) reasons.push(...changed);
  }
  return undefined;
}

/** K2: publishes the artifact of the record; undefined if the cache no longer has it. */
async function giveBack(
  { cache, outDir, buildsDir, ignoredByGit, onEvent }: CachedBuildOptions,
  { note, parts, source }: Keyed,
  record: BuildRecord,
): Promise<Omit<BuildResult, 'ms'> | undefined> {
  const target = path.join(path.resolve(outDir), record.artifact.filename);
  if (!(await isThere(target, record))) {
    const area = await openBuildArea(buildsDir, source.path);
    try {
      const fetched = path.join(area.outDir, record.artifact.filename);
      if (!(await cache.fetch(record, fetched))) return undefined;
      publishArtifact(fetched, path.resolve(outDir), { ignoredByGit });
    } finally {
      area.release();
    }
  }
  const text = lastBuildNote(parts, source.index);
  if (cache.readNote(note) !== text) cache.writeNote(note, text);
  onEvent?.({ type: 'cache', state: 'hit', reasons: [] });
  onEvent?.({ type: 'published', path: target });
  return { ...record.artifact, path: target, log: '', reused: true };
}

async function isThere(target: string, { artifact }: BuildRecord): Promise<boolean> {
  try {
    return (await hashFile(target)) === artifact.sha256;
  } catch {
    return false; // Absent, or no file: it is published.
  }
}

interface Built {
  readonly session: BuildSession;
  readonly artifact: Omit<BuildResult, 'log' | 'reused' | 'ms'>;
  readonly place: PlacedTree;
}

/** K4 and K5. */
async function keepBuild(options: CachedBuildOptions, keyed: Keyed, built: Built): Promise<void> {
  const { cache, onEvent, provisioner, interpreter, kind, signal } = options;
  const { source, here } = keyed;
  const { session, artifact, place } = built;
  const copied = place.scan;
  if (source.scan !== undefined && copied !== undefined && !sameListing(source.scan.entries, copied.entries)) {
    onEvent?.({ type: 'cache', state: 'not-kept', reasons: ['the tree changed when the build started'] });
    return;
  }
  const { inputs, unobservable } = await collectInputs(session.observed(), here, workplaceOf(session, place, options));
  const { sourceIdentity } = options;
  const reasons = sourceIdentity === undefined ? unobservable : unobservable.filter((fact) => !asksForNow(fact));
  const isKept = reasons.length === 0 || source.settings.cache === 'always';
  const wanted = [...source.requires, ...session.requires];
  const environment = await provisioner.identify?.(wanted, interpreter, { signal });
  if (!isKept || environment === undefined) {
    onEvent?.({ type: 'cache', state: 'not-kept', reasons });
    return;
  }
  // Files that an editable build leaves in the tree belong to the cached result.
  const after = kind === 'editable' ? await identify(options) : keyed;
  if ('reason' in after) return;
  const { filename, sha256, size, name, version } = artifact;
  const record: BuildRecord = {
    key: after.key,
    kind,
    observed: { ...inputs, requires: session.requires, environment },
    artifact: { filename, sha256, size, name, version },
    builtAt: new Date().toISOString(),
  };
  await cache.keep(record, artifact.path);
  cache.writeNote(after.note, lastBuildNote(after.parts, after.source.index));
  onEvent?.({ type: 'cache', state: 'kept', reasons: unobservable });
}

function workplaceOf(
  session: BuildSession,
  place: PlacedTree,
  { environment: variables }: CachedBuildOptions,
): Workplace {
  const { area, binDir } = session;
  const environmentDirs = ownPlaces([path.dirname(binDir)]);
  const [shown] = place.shownAs;
  return {
    copy: shown === undefined ? undefined : { from: shown.from, to: shown.to },
    ownDirs: [path.dirname(area.dir), ...environmentDirs],
    dependencyFile: dependencyFile(area),
    binDir: environmentDirs.length === 0 ? undefined : binDir,
    async isDirty() {
      const words = ['status', '--porcelain', '--untracked-files=no'];
      const environment = { PATH: variables.PATH };
      const { status, output } = await runProgram('git', words, { environment, cwd: place.dir });
      return status !== 0 || output !== '';
    },
  };
}

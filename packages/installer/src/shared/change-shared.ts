// A change in the layout `shared`: the wanted set of distributions has a name, and the generation of that name serves every
// environment. Only a set that no environment had yet is planned file by file and built. docs/protocols/shared.md.
import type { Fs, LinkMode } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import type { LockHolder } from '@wheelwright/fslock';
import type { PlannedGeneration } from '../generation/own-layout.ts';
import { InstallError } from '../model/install-error.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { SharedLayout } from '../model/ports.ts';
import type { EnvironmentChange, InstalledState, SharedWrites } from '../model/types.ts';
import type { WheelTree } from '../model/wheel-tree.ts';
import type { ChangeSummary } from '../plan/change-result.ts';
import { planInstall } from '../plan/plan-install.ts';
import { isChange, selectDistributions, summarize } from '../plan/select-distributions.ts';
import { readGeneration } from '../read/generation-state.ts';
import { readManifest } from '../read/shared-manifest.ts';
import { type BuildSharedRequest, buildShared } from './build-shared.ts';
import { prepareArea, sharedArea } from './data-directory.ts';
import { describeShared, strangeFiles } from './describe-shared.ts';
import { digest, sharedKey } from './set-key.ts';
import { sharedEdits } from './shared-edits.ts';
import { findShared, inspectShared, openShared, publishShared, type SharedLease } from './shared-generations.ts';
import { sharedWrites } from './shared-writes.ts';
import { stageShared } from './stage-shared.ts';

/** What a change of an environment that shares its packages works with; a `ChangeContext` has all of it. */
export interface ShareOptions {
  readonly sharing?: SharedLayout | undefined;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  readonly onRestored?: ((undone: SharedWrites) => void) | undefined;
}

/**
 * Plans `change` for an environment of the layout `shared`; the generation that it leads into stays until `release`. Throws
 * what `planInstall` throws, INSTALL_NO_SHARING and INSTALL_UNSAFE_DATA.
 */
export function planShared(
  state: InstalledState,
  change: EnvironmentChange,
  options: ShareOptions,
): Promise<PlannedGeneration> {
  return beforeCommit(() => plan(state, change, options));
}

async function plan(
  state: InstalledState,
  change: EnvironmentChange,
  options: ShareOptions,
): Promise<PlannedGeneration> {
  const { fs, signal, lockTimeoutMs: timeoutMs } = options;
  const sharing = requireSharing(state, options);
  // A forced installation, or a renewal, is to repair the shared files too.
  if (change.renew === true || (change.force ?? false) !== false) {
    await restoreShared(state, options, { closely: true, wheels: change.add });
  }
  const selection = selectDistributions(state, change);
  const changed = isChange(selection, change);
  if (!changed) return unchangedPlan(summarize(selection, []));
  const area = sharedArea(sharing.dataDir);
  prepareArea(area, fs);
  const waiting = sharedOptions(options);
  const before = state.shared?.dir === undefined ? undefined : readManifest(state.shared.dir);
  const strange = strangeFiles(state);
  const leadInto = (lease: SharedLease, summary: ChangeSummary, leaving: Iterable<string>): PlannedGeneration => ({
    changed,
    summary,
    added: selection.add,
    stage: (number, stageOptions) =>
      beforeCommit(() => stageShared(state, number, { ...stageOptions, area, lease, leaving, signal, timeoutMs })),
    // Nothing is added to what other environments share.
    complete: () => [],
    release: () => lease.release(),
  });

  // Where only wheels of ours are there, the set says everything: a generation of that name is what is wanted.
  const plain = strange.length === 0 && before?.variant === undefined;
  if (plain) {
    const key = sharedKey(describeShared(state, selection, before?.distributions ?? [], undefined));
    const found = await findShared(area, key, waiting);
    if (found !== undefined) return leadInto(found, summarize(selection, []), change.discard ?? []);
  }
  const full = planInstall(state, change);
  const settled = full.summary.conflicts.map(({ path, winner }) => [path, winner]);
  const variant = plain && settled.length === 0 ? undefined : digest([before?.variant, strange, settled]);
  const manifest = describeShared(state, selection, before?.distributions ?? [], variant);
  const fill = fillWith({ state, plan: full, manifest, sharing }, options);
  return leadInto(await openShared(area, sharedKey(manifest), fill, waiting), full.summary, full.leaving.files);
}

function unchangedPlan(summary: ChangeSummary): PlannedGeneration {
  const stage = () => Promise.reject(new Error('bug: there is nothing to stage'));
  return { changed: false, summary, added: [], stage };
}

/**
 * Makes the shared generation of the environment again where a program wrote into it, or where it is gone; returns whether
 * it did. `closely`: also compares every file with its RECORD. Throws INSTALL_SHARED_LOST where a wheel is not at hand.
 */
export async function restoreShared(
  state: InstalledState,
  options: ShareOptions,
  { closely = false, wheels: given = [] }: { readonly closely?: boolean; readonly wheels?: readonly WheelTree[] } = {},
): Promise<boolean> {
  const { fs } = options;
  const dir = state.shared?.dir;
  if (dir === undefined) return false;
  const edited = closely && sharedEdits(state).length > 0;
  const found = inspectShared(dir);
  if (!edited && found === 'sound') return false;
  const undone = found === 'changed' ? sharedWrites(state) : undefined;
  const sharing = requireSharing(state, options);
  const key = dir.slice(dir.lastIndexOf('/') + 1);
  const area = sharedArea(dir.slice(0, dir.lastIndexOf('/shared/')));
  prepareArea(area, fs);
  const empty: InstalledState = {
    ...state,
    distributions: [],
    prefixDir: `${state.prefixDir}/nothing`,
    shared: { ...state.shared!, dir: undefined },
  };
  const fill = async (targetDir: string) => {
    const wheels = await findWheels(state, sharing, given);
    const plan = planInstall(empty, { add: wheels, remove: [] });
    const manifest = describeShared(empty, { add: wheels, kept: [] }, [], undefined);
    if (sharedKey(manifest) !== key) throw lost(state, []);
    await fillWith({ state: empty, plan, manifest, sharing }, options)(targetDir);
  };
  const lease = await beforeCommit(() => publishShared(area, key, fill, { ...sharedOptions(options), edited }));
  lease?.release();
  if (undone !== undefined) options.onRestored?.(undone);
  return true;
}

function fillWith(
  content: Pick<BuildSharedRequest, 'state' | 'plan' | 'manifest' | 'sharing'>,
  { fs, linkMode, signal }: ShareOptions,
): (targetDir: string) => Promise<void> {
  const pause = () => pauseUnlessAborted(content.state.environmentDir, signal);
  return (targetDir) => buildShared({ ...content, targetDir, fs, linkMode, pause });
}

/** A publication that the disk did not confirm is not the change: its cause is why the change cannot be made. */
async function beforeCommit<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isCodedError(error, 'ATOMIC_FS_NOT_DURABLE') ? (error.cause ?? error) : error;
  }
}

async function findWheels(state: InstalledState, sharing: SharedLayout, given: readonly WheelTree[]) {
  const wheels = [];
  const absent: string[] = [];
  for (const { name, version, sha256, requested, directUrl } of readGeneration(state.prefixDir)?.distributions ?? []) {
    const at = given.find((one) => one.sha256 === sha256);
    const wheel = at ?? (sha256 === undefined ? undefined : await sharing.findWheel(sha256));
    if (wheel === undefined) absent.push(`${name} ${version}`);
    else wheels.push({ ...wheel, requested, directUrl });
  }
  if (absent.length > 0) throw lost(state, absent);
  return wheels;
}

function lost({ environmentDir, shared }: InstalledState, absent: readonly string[]): InstallError {
  const what = absent.length === 0 ? 'its wheels make another set' : `the store lacks ${absent.join(', ')}`;
  return new InstallError(
    'INSTALL_SHARED_LOST',
    `The packages that ${environmentDir} shares were changed or are gone, and cannot be made again: ${what}.`,
    {
      hint: 'Pass these wheels to a change that forces them, go back to an earlier generation, or make a new environment.',
      data: { environmentDir, path: shared?.dir, absent },
    },
  );
}

function requireSharing(state: InstalledState, { sharing }: ShareOptions): SharedLayout {
  if (sharing !== undefined) return sharing;
  throw new InstallError('INSTALL_NO_SHARING', `${state.environmentDir} shares its packages, and no place was named.`, {
    hint: 'Pass `sharing`.',
    data: { environmentDir: state.environmentDir },
  });
}

function sharedOptions({ fs, lockTimeoutMs: timeoutMs, signal, onWait }: ShareOptions) {
  return { fs, timeoutMs, signal, onWait };
}

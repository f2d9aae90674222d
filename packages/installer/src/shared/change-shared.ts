// A change in the layout `shared`: the set that is wanted has a name, and whoever made it before made it for all. Only a
// set that nobody has had yet is planned file by file and built. Protocol: docs/protocols/shared.md.
import type { Fs, LinkMode } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import type { LockHolder } from '@wheelwright/fslock';
import type { stageGeneration } from '../generation/stage-generation.ts';
import { InstallError } from '../model/install-error.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { SharedLayout } from '../model/ports.ts';
import type { EnvironmentChange, InstalledState, SharedWrites, WheelTree } from '../model/types.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { planInstall } from '../plan/plan-install.ts';
import { accountOf, type Selection, selectDistributions } from '../plan/select-distributions.ts';
import { readGeneration } from '../read/generation-state.ts';
import { readManifest } from '../read/shared-manifest.ts';
import { type BuildSharedRequest, buildShared, describeShared, strangeFiles } from './build-shared.ts';
import { prepareArea, sharedArea } from './data-directory.ts';
import { digest, sharedKey } from './set-key.ts';
import { sharedEdits } from './shared-edits.ts';
import { findShared, inspectShared, openShared, publishShared, type SharedLease } from './shared-generations.ts';
import { sharedWrites } from './shared-writes.ts';
import { stageShared } from './stage-shared.ts';

export interface ShareOptions {
  readonly sharing?: SharedLayout | undefined;
  readonly fs: Fs;
  readonly linkMode: LinkMode;
  readonly lockTimeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWait?: ((holder: LockHolder | undefined) => void) | undefined;
  readonly onRestored?: ((undone: SharedWrites) => void) | undefined;
}

/** A plan, and how its generation is made; what it leads into stays until `release`. */
export interface SharedPlan {
  readonly plan: InstallPlan;
  readonly stage: typeof stageGeneration | undefined;
  release(): void;
}

/**
 * Plans `change` for an environment of the layout `shared`. Throws what `planInstall` throws, INSTALL_NO_SHARING and
 * INSTALL_UNSAFE_DATA.
 */
export function planShared(
  state: InstalledState,
  change: EnvironmentChange,
  options: ShareOptions,
): Promise<SharedPlan> {
  return beforeCommit(() => plan(state, change, options));
}

async function plan(state: InstalledState, change: EnvironmentChange, options: ShareOptions): Promise<SharedPlan> {
  const { fs, signal, lockTimeoutMs: timeoutMs } = options;
  const sharing = requireSharing(state, options);
  // To install again, or to write anew, is to look closely first.
  if (change.renew === true || (change.force ?? false) !== false) {
    await restoreShared(state, options, { closely: true, wheels: change.add });
  }
  const selection = selectDistributions(state, change);
  const named = planByName(selection, change);
  if (!named.changed) return { plan: named, stage: undefined, release: () => undefined };
  const area = sharedArea(sharing.dataDir);
  prepareArea(area, fs);
  const shelf = shelfOptions(options);
  const before = state.shared?.dir === undefined ? undefined : readManifest(state.shared.dir);
  const strange = strangeFiles(state);
  const finish = (plan: InstallPlan, lease: SharedLease): SharedPlan => ({
    plan,
    stage: (from, of, number, stageOptions) =>
      beforeCommit(() => stageShared(from, of, number, { ...stageOptions, area, lease, signal, timeoutMs })),
    release: () => lease.release(),
  });

  // The set says it all: what others, or this environment, made of it is what is wanted.
  const plain = strange.length === 0 && before?.variant === undefined;
  if (plain) {
    const key = sharedKey(describeShared(state, selection, before?.distributions ?? [], undefined));
    const found = await findShared(area, key, shelf);
    if (found !== undefined) return finish(named, found);
  }
  const full = planInstall(state, change);
  const settled = full.conflicts.map(({ path, winner }) => [path, winner]);
  const variant = plain && settled.length === 0 ? undefined : digest([before?.variant, strange, settled]);
  const manifest = describeShared(state, selection, before?.distributions ?? [], variant);
  const fill = fillWith({ state, plan: full, manifest, sharing }, options);
  return finish(full, await openShared(area, sharedKey(manifest), fill, shelf));
}

/**
 * Makes what the environment leads into again where somebody wrote into it, or where it is gone; true: it was made again.
 * Throws INSTALL_SHARED_LOST where the wheels that it takes are not at hand.
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
  const lease = await beforeCommit(() => publishShared(area, key, fill, { ...shelfOptions(options), edited }));
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

/** What is published on the way is not the change: that the disk did not confirm it is why the change cannot be made. */
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
  const what = absent.length === 0 ? 'its parts do not make it up again' : `${absent.join(', ')} is not in the store`;
  return new InstallError(
    'INSTALL_SHARED_LOST',
    `What ${environmentDir} leads into was changed or is gone, and it cannot be made again: ${what}.`,
    {
      hint: 'Run `ww repair`, which looks for the wheels on the index; or go back with `ww rollback`, or make it anew.',
      data: { environmentDir, path: shared?.dir, absent },
    },
  );
}

function requireSharing(state: InstalledState, { sharing }: ShareOptions): SharedLayout {
  if (sharing !== undefined) return sharing;
  throw new InstallError('INSTALL_NO_SHARING', `${state.environmentDir} shares its packages, and no place was named.`, {
    hint: 'Change it with the command `ww`, or pass `sharing`.',
    data: { environmentDir: state.environmentDir },
  });
}

/** A plan that says what happens to whom, and of no file. */
function planByName(selection: Selection, { discard = [], renew = false }: EnvironmentChange): InstallPlan {
  const nothing = new Set<string>();
  const account = accountOf(selection);
  return {
    ...account,
    changed: account.changed || renew || discard.length > 0,
    wheels: selection.add.map((wheel) => ({ wheel, owned: [], lay: [], scripts: [], ownScripts: nothing })),
    kept: selection.kept,
    drop: new Set(discard),
    dropDirectories: nothing,
    overridden: new Map(),
    conflicts: [],
  };
}

function shelfOptions({ fs, lockTimeoutMs: timeoutMs, signal, onWait }: ShareOptions) {
  return { fs, timeoutMs, signal, onWait };
}

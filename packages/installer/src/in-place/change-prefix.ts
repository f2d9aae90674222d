// A prefix without generations changed as one transaction, in place: the protocol of docs/protocols/foreign.md in the
// same numbers. Readers can see the moment in which it is put in place; a crash in it is finished by the next command.
import { statSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs, openTransaction } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import type { Lock } from '@wheelwright/fslock';
import { checkPrefix } from '../check/check-prefix.ts';
import { scriptTextFor } from '../layout/script-text.ts';
import type { ChangeOptions, WantedChange } from '../model/change-options.ts';
import { pauseUnlessAborted } from '../model/pause.ts';
import type { Content } from '../model/types.ts';
import { type ChangeResult, resultOf } from '../plan/change-result.ts';
import type { InstallPlan } from '../plan/install-plan.ts';
import { planInstall } from '../plan/plan-install.ts';
import { planKept } from '../plan/plan-kept.ts';
import { changedAt, requireUnchanged } from '../read/changed-meanwhile.ts';
import { changedSincePlan, type Fingerprint, fingerprintOf } from '../read/changed-since-plan.ts';
import { isKeptDirectory, type Prefix, readPrefix, requireOurs, transactionRules } from '../read/prefix.ts';
import { readPrefixState } from '../read/prefix-state.ts';
import { refuseChanged, reportWritten } from '../recover/report-written.ts';
import { makeRoot, removeRoot } from '../recover/work-root.ts';
import { prefixContent } from './prefix-content.ts';
import { planEntries } from './prefix-entries.ts';
import { stagePrefix } from './stage-prefix.ts';

/** How often a plan is made again because somebody else wrote meanwhile. */
const attempts = 3;

/** Brings the prefix to what `change` asks for. The lock is held, and what a dead writer left is recovered (1, 2). */
export async function changePrefix(
  environmentDir: string,
  change: WantedChange,
  options: ChangeOptions,
  lock: Lock,
): Promise<ChangeResult> {
  const prefix = readPrefix(environmentDir, options);
  requireOurs(prefix, options);
  for (let attempt = 1; ; attempt += 1) {
    // 3. What is there is read, and the plan made from it.                               crash here: nothing.
    const before = fingerprintOf(prefix.prefixDir, prefix.layout.sitePackages);
    const state = readPrefixState(prefix);
    const wanted = typeof change === 'function' ? await change(state) : change;
    const { plan, written: refused } = planUnlessChanged(prefix, before, () => planInstall(state, wanted));
    if (plan === undefined) {
      if (attempt === attempts) refuseChanged(environmentDir, refused);
      continue;
    }
    if (!plan.changed) return resultOf(plan, undefined, false, []);
    const written = await applyPlan(prefix, plan, before, options, lock);
    if (written.length === 0) return resultOf(plan, undefined, true, []);
    if (attempt === attempts) refuseChanged(environmentDir, written);
  }
}

/** The plan; or the paths that another program wrote to, where it refused what lies there only for that moment. */
function planUnlessChanged(
  { prefixDir, layout }: Prefix,
  before: Fingerprint,
  plan: () => InstallPlan,
): { readonly plan?: InstallPlan | undefined; readonly written: readonly string[] } {
  try {
    return { plan: plan(), written: [] };
  } catch (error) {
    const written = changedSincePlan(prefixDir, layout.sitePackages, before, new Map());
    if (written.length === 0) throw error;
    return { written };
  }
}

// Gives the paths that somebody else wrote to meanwhile; then nothing was changed.
async function applyPlan(
  prefix: Prefix,
  plan: InstallPlan,
  before: Fingerprint,
  options: ChangeOptions,
  lock: Lock,
): Promise<readonly string[]> {
  const { fs = nodeFs, durability = 'full', linkMode = 'auto', check, signal, now = () => new Date() } = options;
  const { environmentDir, prefixDir, layout } = prefix;
  const siteDir = path.join(prefixDir, layout.sitePackages);
  const { mtimeMs: siteTimeMs } = statSync(siteDir);
  makeRoot(prefixDir, fs);
  let undone: () => void = () => removeRoot(prefixDir, fs);
  try {
    const { content, drop } = contentOf(prefix, plan);
    const isKept = isKeptDirectory(prefix);
    const { entries, seen } = planEntries(prefixDir, {
      wanted: new Set(content.keys()),
      drop,
      dropDirectories: plan.dropDirectories,
      isKept,
    });
    const transaction = openTransaction(prefixDir, { lock, ...transactionRules, durability, fs });
    undone = () => {
      transaction.rollBack();
      removeRoot(prefixDir, fs);
    };
    // 4. The content is staged on the prefix's own file system.   crash here: litter, removed by recovery.
    const pause = () => pauseUnlessAborted(environmentDir, signal);
    const site = layout.sitePackages;
    const staging = { prefixDir, sitePackages: site, content, fs, linkMode, now, pause };
    const staged = await stagePrefix(transaction, entries, staging);
    if (check !== undefined) {
      const added = plan.wheels.map(({ wheel }) => wheel);
      const picture = { prefix, staged, added, scratchDir: transaction.scratchDir, lockFd: lock.fd };
      await checkPrefix(check, picture, { fs, linkMode, signal });
    }
    await pause();
    const committed = transaction.commit({
      signal,
      // 5. The prefix is looked at again: pip takes no lock, and uv goes on without it after 300 s.
      //                                                            crash here: the same.
      lastLook: () => requireUnchanged(changedSincePlan(prefixDir, site, before, seen)),
      // 6. The journal, THE COMMIT, and every path put in place.   crash here: recovery undoes it before, ends it after.
    });
    // 7. Interpreters remember a directory by its time, which may not have moved. crash here: theirs to look again.
    ignoreFailure(() => renewTime(siteDir, Math.max(now().getTime(), Math.floor(siteTimeMs) + 2), fs));
    ignoreFailure(() => removeRoot(prefixDir, fs));
    reportWritten(environmentDir, committed, plan);
    return [];
  } catch (error) {
    ignoreFailure(undone);
    const written = changedAt(error, prefixDir);
    if (written === undefined) throw error;
    return written;
  }
}

function contentOf(prefix: Prefix, plan: InstallPlan): { content: ReadonlyMap<string, Content>; drop: Set<string> } {
  const kept = planKept(prefix, plan, scriptTextFor(prefix.python));
  const { content } = prefixContent(prefix, plan, kept.restored);
  const drop = new Set(plan.drop);
  if (kept.content !== undefined) {
    for (const file of kept.before) drop.add(file);
    for (const [file, one] of kept.content) content.set(file, one);
  }
  return { content, drop };
}

function renewTime(dir: string, newerMs: number, fs: Fs): void {
  const { mtimeMs } = statSync(dir);
  const timeS = Math.max(newerMs, Math.floor(mtimeMs) + 2) / 1000;
  fs.utimes(dir, timeS, timeS);
}

// The layout of a prefix without generations: a change is one transaction in place, by docs/protocols/foreign.md in the same
// numbers. Readers can see the moment in which the paths are put in place; the next command finishes a crash in it.
import { statSync } from 'node:fs';
import path from 'node:path';
import { type CommitResult, type Fs, openTransaction } from '@wheelwright/atomic-fs';
import { ignoreFailure } from '@wheelwright/errors';
import { checkPrefix } from '../check/check-prefix.ts';
import { scriptTextFor } from '../layout/script-text.ts';
import type { ChangeContext } from '../model/change-context.ts';
import type { Content, PrefixOptions } from '../model/types.ts';
import { resultOf } from '../plan/change-result.ts';
import {
  type ChangeSteps,
  type EnvironmentLayout,
  isWritten,
  type StagedChange,
  type WrittenMeanwhile,
} from '../plan/environment-layout.ts';
import { type InstallPlan, wheelsOf } from '../plan/install-plan.ts';
import { planInstall } from '../plan/plan-install.ts';
import { planLosers } from '../plan/plan-losers.ts';
import { changedAt, requireUnchanged } from '../read/changed-meanwhile.ts';
import { changedSincePlan, type Fingerprint, fingerprintOf } from '../read/changed-since-plan.ts';
import { isKeptDirectory, type Prefix, readPrefix, requireOurs, transactionRules } from '../read/prefix.ts';
import { readPrefixState } from '../read/prefix-state.ts';
import { makeRoot, removeRoot } from '../read/work-root.ts';
import { reportWritten } from '../recover/report-written.ts';
import { findMovedScripts } from '../verify/moved-scripts.ts';
import { verifyPrefix } from '../verify/verify-prefix.ts';
import { prefixContent } from './prefix-content.ts';
import { planEntries } from './prefix-entries.ts';
import { stagePrefix } from './stage-prefix.ts';

/** The layout of a prefix without generations: an ordinary venv, a prefix of conda or of the system, a target directory. */
export function inPlaceLayout(environmentDir: string, options: PrefixOptions): EnvironmentLayout {
  const prefix = () => readPrefix(environmentDir, options);
  return {
    name: 'in-place',
    keepsGenerations: false,
    read: () => readPrefixState(prefix()),
    verify: () => verifyPrefix(prefix()),
    // A target directory names an interpreter that is outside of it.
    findMovedScripts: (state) => (options.target === undefined ? findMovedScripts(state) : []),
    findLostSet: () => undefined,
    change: (context) => prefixSteps(context, prefix()),
  };
}

/** Throws INSTALL_EXTERNALLY_MANAGED for a prefix of the system. */
function prefixSteps(context: ChangeContext, prefix: Prefix): ChangeSteps {
  requireOurs(prefix, context);
  let before: Fingerprint = new Map();
  return {
    // 2. `lockEnvironment` has done it: a transaction that is left may turn the prefix into one with generations.
    recover: () => undefined,
    // 3. The prefix is read and the change planned.                                      crash here: nothing.
    async read() {
      before = fingerprintOf(prefix.prefixDir, prefix.layout.sitePackages);
      return readPrefixState(prefix);
    },
    async plan(state, change) {
      const plan = planUnlessChanged(prefix, before, () => planInstall(state, change));
      if (isWritten(plan)) return plan;
      const { changed, summary } = plan;
      return { changed, summary, release: () => undefined, stage: () => stageInPlace(context, prefix, plan, before) };
    },
  };
}

/** The plan; or, where the plan is refused while another program writes, the paths that it wrote. */
function planUnlessChanged(
  { prefixDir, layout }: Prefix,
  before: Fingerprint,
  plan: () => InstallPlan,
): InstallPlan | WrittenMeanwhile {
  try {
    return plan();
  } catch (error) {
    const written = changedSincePlan(prefixDir, layout.sitePackages, before, new Map());
    if (written.length === 0) throw error;
    return { written };
  }
}

async function stageInPlace(
  context: ChangeContext,
  prefix: Prefix,
  plan: InstallPlan,
  before: Fingerprint,
): Promise<StagedChange | WrittenMeanwhile> {
  const { fs, durability, linkMode, check, signal, now, lock, pause } = context;
  const { prefixDir, layout } = prefix;
  const { sitePackages } = layout;
  const { mtimeMs: siteTimeMs } = statSync(path.join(prefixDir, sitePackages));
  makeRoot(prefixDir, fs);
  let undo: () => void = () => removeRoot(prefixDir, fs);
  const undone = (error: unknown): WrittenMeanwhile => {
    ignoreFailure(undo);
    const written = changedAt(error, prefixDir);
    if (written === undefined) throw error;
    return { written };
  };
  try {
    const { content, drop } = contentOf(prefix, plan);
    const wanted = new Set(content.keys());
    const isKept = isKeptDirectory(prefix);
    const rules = { wanted, drop, dropDirectories: plan.leaving.directories, isKept };
    const { entries, seen } = planEntries(prefixDir, rules);
    const transaction = openTransaction(prefixDir, { lock, ...transactionRules, durability, fs });
    undo = () => {
      transaction.rollBack();
      removeRoot(prefixDir, fs);
    };
    // 4. The content is staged on the prefix's own file system.   crash here: litter, removed by recovery.
    const staged = await stagePrefix(transaction, entries, {
      prefixDir,
      sitePackages,
      content,
      fs,
      linkMode,
      now,
      pause,
    });
    if (check !== undefined) {
      const added = wheelsOf(plan).map(({ wheel }) => wheel);
      const picture = { prefix, staged, added, scratchDir: transaction.scratchDir, lockFd: lock.fd };
      await checkPrefix(check, picture, { fs, linkMode, signal });
    }
    await pause();
    return {
      commit() {
        try {
          // 5. The prefix is compared again: pip takes no lock, and uv continues without its lock after 300 s.
          //                                                        crash here: the same.
          const lastLook = () => requireUnchanged(changedSincePlan(prefixDir, sitePackages, before, seen));
          // 6. The journal, THE COMMIT, and every path put in place. crash here: undone before it, finished after it.
          finish(context, prefix, plan, transaction.commit({ signal, lastLook }), siteTimeMs);
          return resultOf(plan.summary, undefined, true, []);
        } catch (error) {
          return undone(error);
        }
      },
    };
  } catch (error) {
    return undone(error);
  }
}

/** 7. Interpreters remember a directory by its time, which may not have moved. Crash here: theirs to look again. */
function finish(
  { environmentDir, fs, now }: ChangeContext,
  { prefixDir, layout }: Prefix,
  plan: InstallPlan,
  committed: CommitResult,
  siteTimeMs: number,
): void {
  const siteDir = path.join(prefixDir, layout.sitePackages);
  ignoreFailure(() => renewTime(siteDir, Math.max(now().getTime(), Math.floor(siteTimeMs) + 2), fs));
  ignoreFailure(() => removeRoot(prefixDir, fs));
  reportWritten(environmentDir, committed, plan.summary);
}

function contentOf(prefix: Prefix, plan: InstallPlan): { content: ReadonlyMap<string, Content>; drop: Set<string> } {
  const losers = planLosers(prefix, plan, scriptTextFor(prefix.scriptPython));
  const content = prefixContent(prefix, plan, losers.returned);
  const drop = new Set(plan.leaving.files);
  if (losers.content !== undefined) {
    for (const file of losers.before) drop.add(file);
    for (const [file, one] of losers.content) content.set(file, one);
  }
  return { content, drop };
}

function renewTime(dir: string, newerMs: number, fs: Fs): void {
  const { mtimeMs } = statSync(dir);
  const timeS = Math.max(newerMs, Math.floor(mtimeMs) + 2) / 1000;
  fs.utimes(dir, timeS, timeS);
}

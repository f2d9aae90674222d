// What the next prefix gets as new files, and what of the present one must not come along: the first half of building a
// generation, the same for one that an environment has alone and for a shared one. Reads, writes nothing.
import { rootName, scriptStub } from '@wheelwright/python';
import type { Content, InstalledState, LeavingPaths, WrittenFile } from '../model/types.ts';
import { type InstallPlan, wheelsOf } from '../plan/install-plan.ts';
import { planLosers } from '../plan/plan-losers.ts';
import { LaidPaths } from './laid-paths.ts';
import { writtenFiles } from './written-files.ts';

/** The files of the next prefix that do not come from the present one; wheels apart, which `layWheel` links. */
export interface TreePlan {
  readonly written: readonly WrittenFile[];
  /** By path relative to the prefix: files that return to distributions, and the losers that the prefix holds. */
  readonly placed: ReadonlyMap<string, Content>;
  /** Every path that the prefix gets as new files, those of wheels too. */
  readonly laid: LaidPaths;
  readonly leaving: LeavingPaths;
  /** The hashes of the environment's own files, for generation.json. */
  readonly support: Readonly<Record<string, string>>;
  /** Names of the scripts that each environment makes for itself; empty where the prefix is for one environment. */
  readonly stubs: readonly string[];
}

/** Plans the prefix that `plan` asks for: for the environment of `state`, or for any environment. */
export function planTree(
  state: InstalledState,
  plan: InstallPlan,
  { anyEnvironment = false }: { readonly anyEnvironment?: boolean } = {},
): TreePlan {
  const { layout } = state;
  // A stub names its environment. Where that is not known, each environment makes its own from the map.
  const stubDir = anyEnvironment ? '/' : state.environmentDir;
  const losers = planLosers(state, plan, ({ name }) => Buffer.from(scriptStub(stubDir, name)));
  const { files, support, scripts } = writtenFiles(state, plan, { anyEnvironment, returned: losers.returned });
  const stubs = anyEnvironment ? scripts.map(({ name }) => name) : [];
  const isStub = stubTest(stubs, layout.scripts);
  const written = files.filter(({ target }) => !isStub(target));
  const placed = new Map<string, Content>();
  for (const [target, { content }] of losers.returned) if (!isStub(target)) placed.set(target, content);
  for (const [target, content] of losers.content ?? []) placed.set(target, content);

  const laid = new LaidPaths();
  laid.add(written.map(({ target }) => target));
  laid.add(placed.keys());
  for (const planned of wheelsOf(plan)) {
    if (planned.whole !== undefined) laid.addGroups(layout.sitePackages, planned.whole.groups);
    else laid.add(planned.lay.flatMap(({ target }) => (isStub(target) ? [] : [target])));
  }
  const directories = new Set(plan.leaving.directories);
  if (losers.content !== undefined) directories.add(rootName);
  return { written, placed, laid, leaving: { files: plan.leaving.files, directories }, support, stubs };
}

function stubTest(stubs: readonly string[], scriptsDir: string): (target: string) => boolean {
  const targets = new Set(stubs.map((name) => `${scriptsDir}/${name}`));
  return (target) => targets.has(target);
}

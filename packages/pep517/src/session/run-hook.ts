// Runs one hook in a process of its own, with the variables by which its inputs are observed and its paths stay private.
import type { ObservedCall } from '../runner/backend-runner.ts';
import { writeChildObserver } from '../runner/child-script.ts';
import type { HookName, HookOutcome } from '../runner/hook-outcome.ts';
import type { StartedRunner } from '../runner/runner-pool.ts';
import { childObserverDir, dependencyFile, notesFile } from './build-area.ts';
import { hidePaths } from './hidden-paths.ts';
import { type PlacedTree, worksInPlace } from './place-tree.ts';
import type { SessionParts } from './session-options.ts';

/** Where a hook runs. */
export interface HookPlace {
  readonly runner: StartedRunner;
  readonly tree: PlacedTree;
  /** See `environmentDirsOf`. */
  readonly environmentDirs: readonly string[];
  /** Whether no hook of the session has returned before. */
  readonly isFirst: boolean;
}

/** Runs the hook to its end, whatever that is. */
export async function runHook(
  parts: SessionParts,
  place: HookPlace,
  hook: HookName,
  args: readonly unknown[],
): Promise<HookOutcome> {
  const { project, area, log, deadline, options } = parts;
  const { dir } = place.tree;
  const hidden = hook.startsWith('build_') ? await hiddenPaths(parts, place) : {};
  const observed = options.observes === true ? observe(parts, place) : undefined;
  options.onEvent?.({ type: 'hook', hook, state: 'started' });
  const outcome = await place.runner.runner.call({
    hook,
    args,
    cwd: dir,
    environ: {
      PWD: dir,
      ...(area.temporaryDir === undefined ? {} : { TMPDIR: area.temporaryDir }),
      ...hidden,
      // gcc and clang append the files that they read there, including system headers.
      ...(observed === undefined ? {} : { SUNPRO_DEPENDENCIES: dependencyFile(area), PYTHONPATH: observed.childDir }),
    },
    observed,
    // The modes of new files must depend on the tree, not on the umask of the user.
    umask: worksInPlace(options, project) ? undefined : 0o022,
    signal: deadline.signal,
    onOutput: (chunk) => log.write(chunk),
  });
  log.flush();
  options.onEvent?.({ type: 'hook', hook, state: 'ended' });
  return outcome;
}

/** Variables for the hooks that compile: those that make wheels, since an sdist consists of sources. */
async function hiddenPaths(
  { project, area, deadline, options }: SessionParts,
  { tree, environmentDirs }: HookPlace,
): Promise<Record<string, string>> {
  const { kind, environment } = options;
  if (kind === 'sdist' || worksInPlace(options, project)) return {};
  const places = { areaDir: area.dir, treeDir: tree.dir, environmentDirs };
  return await hidePaths({ project, ...places, environment, signal: deadline.signal });
}

/** The file for the observed inputs, and the module with which other Pythons write to it. */
function observe({ area }: SessionParts, { tree, environmentDirs, isFirst }: HookPlace): ObservedCall {
  const { dir, shownAs } = tree;
  const beside = shownAs[0]?.from ?? dir;
  const own = [area.outDir, ...(area.temporaryDir === undefined ? [] : [area.temporaryDir])];
  const call = { beside, notesFile: notesFile(area), childDir: childObserverDir(area), private: own };
  if (isFirst) writeChildObserver(call.childDir, { ...call, skipped: environmentDirs, tree: dir });
  return call;
}

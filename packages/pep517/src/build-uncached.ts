// Builds an artifact from a source: runs its hooks in a private directory, checks the result, then publishes it.
// The steps and what a crash in each leaves behind: docs/protocols/build.md, in the same numbers.
import path from 'node:path';
import { checkArtifact } from './artifact/check-artifact.ts';
import { publishArtifact } from './artifact/publish-artifact.ts';
import type { CheckedArtifact } from './build-record.ts';
import { type BuildSession, withBuildSession } from './session/build-session.ts';
import type { BuildOptions, BuildResult } from './session/build-types.ts';
import type { PlacedTree } from './session/place-tree.ts';
import type { SessionOptions } from './session/session-options.ts';

/** Hooks of the caller before the artifact is published. */
export interface UncachedBuildOptions extends Pick<SessionOptions, 'observes' | 'pause' | 'remembers'> {
  /** Gives what another caller built during a pause; undefined where none did. */
  readonly builtMeanwhile?: (() => Promise<Omit<BuildResult, 'ms'> | undefined>) | undefined;
  /** Called with the checked artifact, in the build's own directory, and where the hooks worked. */
  readonly onChecked?:
    | ((session: BuildSession, artifact: CheckedArtifact, place: PlacedTree) => Promise<void>)
    | undefined;
}

/** Builds and publishes; see `build`. */
export async function buildUncached(
  options: BuildOptions,
  more: UncachedBuildOptions = {},
): Promise<Omit<BuildResult, 'ms'>> {
  const { observes, onChecked, pause, builtMeanwhile, remembers } = more;
  return await withBuildSession({ ...options, observes, pause, remembers }, async (session) => {
    const byAnother = session.requires.length === 0 ? undefined : await builtMeanwhile?.();
    if (byAnother !== undefined) return byAnother;
    const { project, area, deadline, log } = session;
    const { kind, configSettings = {}, onEvent } = options;
    const args = kind === 'sdist' ? [area.outDir, configSettings] : [area.outDir, configSettings, null];
    const returned = await session.call(`build_${kind}`, args);
    const place = session.place!;
    // 5. Check the artifact against its own metadata.                            crash here: nothing was published.
    onEvent?.({ type: 'phase', phase: 'check' });
    const check = () =>
      checkArtifact({
        project,
        kind,
        returned,
        dir: area.outDir,
        scratchDir: path.join(area.dir, 'c'),
        signal: deadline.signal,
      });
    // The processes of the hook have ended, so the resident Python may end meanwhile.
    const [checked] = await Promise.allSettled([check(), session.end()]);
    deadline.check();
    if (checked.status === 'rejected') throw checked.reason;
    const artifact = checked.value;
    await onChecked?.(session, artifact, place);
    // 6. Published.                                                     crash here: the old artifact or the new one.
    onEvent?.({ type: 'phase', phase: 'publish' });
    const published = publishArtifact(artifact.path, path.resolve(options.outDir), {
      ignoredByGit: options.ignoredByGit,
    });
    onEvent?.({ type: 'published', path: published });
    log.flush();
    return { ...artifact, path: published, log: log.text, reused: false };
  });
}

// A source becomes an artifact: its hooks run apart, the outcome is checked, then published.
// The steps and what a crash in each leaves behind: docs/protocols/build.md, in the same numbers.
import path from 'node:path';
import { checkArtifact } from './artifact/check-artifact.ts';
import { publishArtifact } from './artifact/publish-artifact.ts';
import { withBuildSession } from './session/build-session.ts';
import type { BuildOptions, BuildResult } from './session/build-types.ts';

/**
 * Builds one artifact of the tree or the sdist `sourceDir` and publishes it into `outDir`. On a throw nothing is
 * published, nothing is left behind and no process of the build runs; the tree is as it was (`snapshot`) or as the
 * backend left it (`in-place`). After a crash of this process the hooks end by themselves and the next build sweeps
 * what is left. Codes: PEP517_…; FSLOCK_TIMEOUT where the tree stays locked; SDIST_…; whatever the provisioner throws.
 */
export async function build(options: BuildOptions): Promise<BuildResult> {
  return await withBuildSession(options, async (session) => {
    const { project, area, deadline, log } = session;
    const { kind, configSettings = {} } = options;
    const args = kind === 'sdist' ? [area.outDir, configSettings] : [area.outDir, configSettings, null];
    const returned = await session.call(`build_${kind}`, args);
    await session.end();
    // 5. The artifact is held against what it says.                            crash here: nothing was published.
    const artifact = await checkArtifact({
      project,
      kind,
      returned,
      dir: area.outDir,
      scratchDir: path.join(area.dir, 'c'),
      signal: deadline.signal,
    }).catch((error: unknown) => {
      deadline.check();
      throw error;
    });
    deadline.check();
    // 6. Published.                                                     crash here: the old artifact or the new one.
    const published = publishArtifact(artifact.path, path.resolve(options.outDir));
    options.onEvent?.({ type: 'published', path: published });
    log.flush();
    return { ...artifact, path: published, log: log.text };
  });
}

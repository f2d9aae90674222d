// Reads the metadata that the wheel of a tree would have: from the backend's hook if it has one, else from a wheel that is
// built for this and not published.
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describeWheel } from '@wheelwright/archives';
import { type Metadata, normalizeName, parseMetadata } from '@wheelwright/packaging';
import { checkArtifact } from './artifact/check-artifact.ts';
import { Pep517Error } from './pep517-error.ts';
import { type BuildSession, withBuildSession } from './session/build-session.ts';
import type { BuildOptions } from './session/build-types.ts';
import { backendName } from './session/hook-failure.ts';

/** The {@link BuildOptions} that metadata depends on. */
export type PrepareMetadataOptions = Omit<BuildOptions, 'kind' | 'outDir'> & {
  /** `'wheel'` by default. */
  readonly kind?: 'wheel' | 'editable' | undefined;
};

/** The metadata of a wheel. */
export interface PreparedMetadata {
  /** Its fields. */
  readonly metadata: Metadata;
  /** The text of METADATA. */
  readonly text: string;
}

/** METADATA of the tree or the sdist `sourceDir`. Nothing is published. Codes: those of {@link build}. */
export async function prepareMetadata(options: PrepareMetadataOptions): Promise<PreparedMetadata> {
  const { kind = 'wheel', configSettings = {} } = options;
  return await withBuildSession({ ...options, kind }, async (session) => {
    const metadataDir = path.join(session.area.dir, 'm');
    mkdirSync(metadataDir);
    const hook = `prepare_metadata_for_build_${kind}` as const;
    const returned = await session.call(hook, [metadataDir, configSettings], null);
    if (returned !== null) {
      await session.end();
      return readPrepared(session, metadataDir, returned);
    }
    const filename = await session.call(`build_${kind}`, [session.area.outDir, configSettings, null]);
    await session.end();
    const { project, area } = session;
    const dir = area.outDir;
    const wheel = await checkArtifact({ project, kind, returned: filename, dir, scratchDir: path.join(area.dir, 'c') });
    const { metadata, metadataText } = await describeWheel(wheel.path);
    return { metadata, text: metadataText };
  });
}

function readPrepared({ project }: BuildSession, metadataDir: string, returned: unknown): PreparedMetadata {
  const fail = (reason: string, cause?: unknown) =>
    new Pep517Error(
      'PEP517_BAD_ARTIFACT',
      `${backendName(project)} prepared no metadata of ${project.dir}: ${reason}.`,
      {
        cause,
        hint: 'This is a fault of the build backend or of its configuration.',
        data: { path: project.dir, kind: 'metadata', returned },
      },
    );
  if (typeof returned !== 'string' || path.basename(returned) !== returned || !returned.endsWith('.dist-info')) {
    throw fail(`it returned ${JSON.stringify(returned)}, not the name of a dist-info directory`);
  }
  const metadataPath = path.join(metadataDir, returned, 'METADATA');
  if (!(lstatSync(metadataPath, { throwIfNoEntry: false })?.isFile() ?? false))
    throw fail(`${returned} has no METADATA`);
  const text = readFileSync(metadataPath, 'utf8');
  let metadata: Metadata;
  try {
    metadata = parseMetadata(text);
  } catch (error) {
    throw fail((error as Error).message.replace(/\.$/, ''), error);
  }
  if (project.name !== undefined && normalizeName(project.name) !== normalizeName(metadata.name)) {
    throw fail(`it is that of ${metadata.name}, but the project is ${project.name}`);
  }
  return { metadata, text };
}

// Reads the metadata that the wheel of a tree would have: from the backend's hook if it has one, else from a wheel that is
// built for this and published nowhere but in the build cache, where the build that follows finds it.
import { lstatSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describeWheel } from '@wheelwright/archives';
import { type Metadata, normalizeName, parseMetadata } from '@wheelwright/packaging';
import { build } from './build.ts';
import { Pep517Error } from './pep517-error.ts';
import { openBuildArea } from './session/build-area.ts';
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
  return (await callHook(options)) ?? (await metadataOfBuild(options));
}

/** What the backend's hook prepares; undefined if the backend has no such hook (PEP 517 lets it). */
async function callHook(options: PrepareMetadataOptions): Promise<PreparedMetadata | undefined> {
  const { kind = 'wheel', configSettings = {} } = options;
  return await withBuildSession({ ...options, kind }, async (session) => {
    const metadataDir = path.join(session.area.dir, 'm');
    mkdirSync(metadataDir);
    const hook = `prepare_metadata_for_build_${kind}` as const;
    const returned = await session.call(hook, [metadataDir, configSettings], null);
    await session.end();
    return returned === null ? undefined : readPrepared(session, metadataDir, returned);
  });
}

/** The metadata of a wheel built through the cache, so that all processes together build it once. */
async function metadataOfBuild(options: PrepareMetadataOptions): Promise<PreparedMetadata> {
  const { kind = 'wheel', buildsDir, sourceDir } = options;
  // Another name than that of the build, whose directory then has the path that it always has.
  const area = await openBuildArea(buildsDir, `metadata of ${sourceDir}`);
  try {
    const wheel = await build({ ...options, kind, outDir: area.outDir });
    const { metadata, metadataText } = await describeWheel(wheel.path);
    return { metadata, text: metadataText };
  } finally {
    area.release();
  }
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

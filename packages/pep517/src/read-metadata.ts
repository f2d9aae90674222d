// Reads the metadata that the wheel of a source would have, from the cheapest reliable source: the sdist or pyproject.toml,
// then the backend's hook, then a wheel.
import { realpathSync } from 'node:fs';
import { type PreparedMetadata, type PrepareMetadataOptions, prepareMetadata } from './prepare-metadata.ts';
import { type StatedMetadata, statedMetadata } from './project/static-metadata.ts';
import { openBuildArea } from './session/build-area.ts';
import { isSdistFile, openSdistSource } from './session/source.ts';

/** Metadata of a source. */
export type FoundMetadata = StatedMetadata | (PreparedMetadata & { readonly from: 'backend' });

/**
 * METADATA of the tree or the sdist `sourceDir`. No Python starts if the source states it. Nothing is published.
 * Codes: those of `build`.
 */
export async function readMetadata(options: PrepareMetadataOptions): Promise<FoundMetadata> {
  const { sourceDir, buildsDir, signal } = options;
  const stated = isSdistFile(sourceDir)
    ? await ofSdist(realpathSync(sourceDir), buildsDir, signal)
    : statedMetadata(sourceDir);
  return stated ?? { ...(await prepareMetadata(options)), from: 'backend' };
}

async function ofSdist(sdistPath: string, buildsDir: string, signal: AbortSignal | undefined) {
  const area = await openBuildArea(buildsDir, sdistPath);
  try {
    const { unpackedDir } = await openSdistSource(sdistPath, area, signal);
    return unpackedDir === undefined ? undefined : statedMetadata(unpackedDir);
  } finally {
    area.release();
  }
}

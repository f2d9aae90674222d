// Reads the metadata that the wheel of a source would have, so that the resolver needs no build.
import { type MetadataJson, metadataToJson } from '@wheelwright/packaging';
import type { FoundMetadata } from '@wheelwright/pep517';
import type { Tool } from '../tool/tool.ts';
import { engineOptions } from './build.ts';
import type { BuildRequest, SourceToBuild } from './build-wheel.ts';

/**
 * The metadata of a directory or an sdist, from the first of these sources that has it: PKG-INFO of version 2.2 or newer
 * if no field that a resolver needs is in `Dynamic` (PEP 643); `[project]` if none of them is dynamic (PEP 621); the
 * backend's hook `prepare_metadata_for_build_wheel`; a build.
 * @throws Pep517Error PEP517_…; SDIST_… for an invalid sdist; errors of resolver, index and store pass unchanged.
 */
export async function readMetadata(
  tool: Tool,
  source: SourceToBuild,
  request: BuildRequest,
): Promise<FoundMetadata & { readonly json: MetadataJson }> {
  const pep517 = await import('@wheelwright/pep517');
  const found = await pep517.readMetadata(await engineOptions(tool, { ...request, sourceDir: source.path }));
  const [, body = ''] = /\r?\n\r?\n([\s\S]*)$/.exec(found.text) ?? [];
  return { ...found, json: metadataToJson(found.metadata, body) };
}

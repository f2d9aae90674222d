// The metadata that a source would have as a wheel, for those who resolve before they build.
import { type MetadataJson, metadataToJson } from '@wheelwright/packaging';
import type { FoundMetadata } from '@wheelwright/pep517';
import type { Tool } from '../tool/tool.ts';
import { engineOptions } from './build.ts';
import type { BuildRequest, SourceToBuild } from './build-wheel.ts';

/**
 * The metadata of a directory or an sdist. PKG-INFO of version 2.2 or newer is believed where no field that a resolver
 * needs is in `Dynamic` (PEP 643); then `[project]` where none is dynamic (PEP 621); then the backend is asked, by its
 * hook `prepare_metadata_for_build_wheel` where it has one, else by a build.
 * @throws Pep517Error PEP517_…; SDIST_… for what is no sdist; resolver, index and store errors as they come.
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

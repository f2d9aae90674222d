// Writes the installation report in pip's format, version 1: what will be installed, its source, hashes and metadata. It is
// written before the installation, so it works with `dryRun` too.
import path from 'node:path';
import { writeFileAtomic } from '@wheelwright/atomic-fs';
import { formatDirectUrl, metadataToJson, parseMetadata } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { OpenResolution, ResolvedDistribution } from '../requirements/resolution.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';

/** Writes the report. `file` is relative to the working directory. Throws the errors of reading metadata. */
export async function writeReport(
  tool: Tool,
  interpreter: Interpreter,
  resolution: OpenResolution,
  file: string,
): Promise<void> {
  const planned = resolution.distributions.filter(({ source }) => source.from !== 'installed');
  const texts = await mapConcurrently(planned, { limit: 8, signal: tool.signal }, (one) => resolution.metadata(one));
  const report = {
    version: '1',
    pip_version: '0',
    install: planned.map((one, at) => ({
      ...sourceOf(one),
      requested: one.requested,
      metadata: toJson(texts[at]!),
    })),
    environment: interpreter.markers,
  };
  writeFileAtomic(path.resolve(tool.settings.workingDir, file), `${JSON.stringify(report, undefined, 2)}\n`);
}

function toJson(text: string): unknown {
  const end = /\r?\n\r?\n/.exec(text);
  return metadataToJson(parseMetadata(text), end === null ? '' : text.slice(end.index + end[0].length));
}

function sourceOf({ source }: ResolvedDistribution): Record<string, unknown> {
  if (source.from === 'direct')
    return { download_info: JSON.parse(formatDirectUrl(source.direct.directUrl)), is_direct: true, is_yanked: false };
  if (source.from !== 'index' && source.from !== 'sdist') return { is_direct: false, is_yanked: false };
  const { url, hashes, yanked } = source.file;
  return {
    download_info: JSON.parse(formatDirectUrl({ url, archive: { hashes } })),
    is_direct: false,
    is_yanked: yanked !== false,
  };
}

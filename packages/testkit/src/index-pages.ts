// What the loopback index writes on its pages: the anchors of PEP 503, the object of PEP 691.
import { createHash } from 'node:crypto';
import type { ServedFile } from './served-file.ts';

type ReadMetadata = (file: ServedFile) => string | undefined;

/** A PEP 503 page; it is a find-links page, too. */
export function anchorPage(files: readonly ServedFile[], metadataOf: ReadMetadata): string {
  const anchors = files.map((file) => {
    const [hash] = Object.entries(hashesOf(file));
    const attributes = [`href="${escapeHtml(hrefOf(file) + (hash === undefined ? '' : `#${hash[0]}=${hash[1]}`))}"`];
    const metadata = metadataOf(file);
    if (file.requiresPython !== undefined) attributes.push(`data-requires-python="${escapeHtml(file.requiresPython)}"`);
    if (file.yanked) attributes.push(`data-yanked="${escapeHtml(file.yanked === true ? '' : file.yanked)}"`);
    if (metadata !== undefined) attributes.push(`data-core-metadata="sha256=${sha256(metadata)}"`);
    return `    <a ${attributes.join(' ')}>${escapeHtml(file.filename)}</a><br/>`;
  });
  return `<!DOCTYPE html>\n<html>\n  <body>\n${anchors.join('\n')}\n  </body>\n</html>\n`;
}

/** A PEP 691 page with the sizes of PEP 700. */
export function jsonPage(project: string, files: readonly ServedFile[], metadataOf: ReadMetadata): unknown {
  return {
    meta: { 'api-version': '1.1' },
    name: project,
    files: files.map((file) => {
      const metadata = metadataOf(file);
      return {
        filename: file.filename,
        url: hrefOf(file),
        hashes: hashesOf(file),
        size: file.data.length,
        ...(file.requiresPython === undefined ? {} : { 'requires-python': file.requiresPython }),
        yanked: file.yanked ?? false,
        'core-metadata': metadata === undefined ? false : { sha256: sha256(metadata) },
      };
    }),
  };
}

function hrefOf(file: ServedFile): string {
  return `../../files/${encodeURIComponent(file.filename)}`;
}

function hashesOf(file: ServedFile): Readonly<Record<string, string>> {
  return file.hashes ?? { sha256: sha256(file.data) };
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

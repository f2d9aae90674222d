// Formats a distribution as the line of a requirements file that installs it again, as `pip freeze` does. Pure.
import { fileURLToPath } from 'node:url';
import type { DirectUrl } from '@wheelwright/packaging';
import type { InstalledDistribution } from '@wheelwright/python';

/** The facts of a distribution that its line contains. */
export type Pinnable = Pick<InstalledDistribution, 'rawName' | 'version' | 'editable' | 'directUrl'>;

/**
 * `name==version`; `name @ url`, with hash or commit, for a distribution from a URL, a path or a repository; `-e path`
 * for an editable install (specification "Recording the direct URL origin", PEP 508).
 */
export function formatPinLine({ rawName, version, editable, directUrl }: Pinnable): string {
  if (directUrl === undefined) return `${rawName}==${version}`;
  if (editable || directUrl.directory?.editable === true) return `-e ${editableTarget(rawName, directUrl)}`;
  return `${rawName} @ ${formatOrigin(directUrl)}`;
}

function editableTarget(rawName: string, directUrl: DirectUrl): string {
  if (directUrl.vcs !== undefined) return `${formatOrigin(directUrl, [`egg=${rawName}`])}`;
  return directUrl.url.startsWith('file:') ? fileURLToPath(directUrl.url) : directUrl.url;
}

/** A direct reference (PEP 440): the URL with the commit of a repository, and hash and subdirectory in the fragment. */
function formatOrigin({ url, archive, vcs, subdirectory }: DirectUrl, more: readonly string[] = []): string {
  const [algorithm, digest] = bestHash(archive?.hashes ?? {});
  const fragment = [
    ...(algorithm === undefined ? [] : [`${algorithm}=${digest}`]),
    ...(subdirectory === undefined ? [] : [`subdirectory=${subdirectory}`]),
    ...more,
  ];
  const at = vcs === undefined ? url : `${vcs.vcs}+${url}@${vcs.commitId}`;
  return fragment.length === 0 ? at : `${at}#${fragment.join('&')}`;
}

function bestHash(hashes: Readonly<Record<string, string>>): readonly [algorithm?: string, digest?: string] {
  const found = ['sha256', 'sha512', 'sha384'].map((algorithm) => [algorithm, hashes[algorithm]] as const);
  const [algorithm, digest] = found.find(([, one]) => one !== undefined) ?? [];
  return algorithm === undefined || digest === undefined ? [] : [algorithm, digest];
}

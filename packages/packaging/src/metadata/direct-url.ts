// direct_url.json: where a distribution that came from a URL or a directory was installed from (specification "Recording
// the direct URL origin"). Written without passwords.

import { PackagingError, quote } from '../packaging-error.ts';
import { TableReader } from '../table.ts';

/** Where a distribution came from: exactly one of `archive`, `directory` and `vcs` is there. */
export interface DirectUrl {
  /** The URL; of a directory it is an absolute `file:` URL. */
  readonly url: string;
  /** The directory in the archive or tree that holds the project, relative with `/`. */
  readonly subdirectory?: string | undefined;
  /** An archive: hexadecimal digests by algorithm, perhaps none. */
  readonly archive?: { readonly hashes: Readonly<Record<string, string>> } | undefined;
  /** A source tree on this machine. */
  readonly directory?: { readonly editable: boolean } | undefined;
  /** A source tree in a version control system, at one exact commit. */
  readonly vcs?:
    | { readonly vcs: string; readonly commitId: string; readonly requestedRevision?: string | undefined }
    | undefined;
}

/**
 * Reads direct_url.json. Throws `PACKAGING_INVALID_DIRECT_URL` for a text that is not JSON, for a missing or wrong key, for a
 * `dir_info` beside a URL that is not an absolute `file:` URL, and for a `hash` that `hashes` does not state too.
 */
export function parseDirectUrl(text: string): DirectUrl {
  const document = new TableReader(readJson(text), '', (where, reason) =>
    invalid(`its ${where || 'content'} ${reason}`),
  );
  const url = document.requiredString('url');
  const subdirectory = document.string('subdirectory');
  const archive = document.table('archive_info');
  const directory = document.table('dir_info');
  const vcs = document.table('vcs_info');
  if ([archive, directory, vcs].filter(Boolean).length !== 1) {
    throw invalid('it needs one of archive_info, dir_info and vcs_info');
  }
  if (directory && !/^file:(?:\/\/[^/?#]*\/|\/(?!\/))/i.test(url)) {
    throw invalid('its url is not the absolute URL of a file, which dir_info needs');
  }
  return {
    url,
    ...(subdirectory === undefined ? {} : { subdirectory }),
    ...(archive && { archive: { hashes: readHashes(archive) } }),
    ...(directory && { directory: { editable: directory.boolean('editable') ?? false } }),
    ...(vcs && { vcs: readVcs(vcs) }),
  };
}

/** The file's content, without the user and password of the URL where those are secrets. */
export function formatDirectUrl({ url, subdirectory, archive, directory, vcs }: DirectUrl): string {
  return JSON.stringify({
    url: withoutCredentials(url, vcs?.vcs === 'git'),
    ...(archive && { archive_info: formatHashes(archive.hashes) }),
    ...(directory && { dir_info: directory.editable ? { editable: true } : {} }),
    ...(vcs && { vcs_info: { vcs: vcs.vcs, requested_revision: vcs.requestedRevision, commit_id: vcs.commitId } }),
    subdirectory,
  });
}

// Kept by the specification: `git@` of ssh URLs, and names of environment variables that stand for a secret.
function withoutCredentials(url: string, isGit: boolean): string {
  const authority = /^([A-Za-z][A-Za-z0-9+.-]*:\/\/)([^/?#]*)/.exec(url);
  const at = authority ? authority[2]!.lastIndexOf('@') : -1;
  if (!authority || at < 0) return url;
  const user = authority[2]!.slice(0, at);
  if (isGit && user === 'git') return url;
  if (/^\$\{[A-Za-z0-9_-]+\}(?::\$\{[A-Za-z0-9_-]+\})?$/.test(user)) return url;
  return authority[1]! + url.slice(authority[1]!.length + at + 1);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
}

function readVcs(table: TableReader): NonNullable<DirectUrl['vcs']> {
  const requestedRevision = table.string('requested_revision');
  return {
    vcs: table.requiredString('vcs'),
    commitId: table.requiredString('commit_id'),
    ...(requestedRevision === undefined ? {} : { requestedRevision }),
  };
}

// The single `hash` is the older form; both are written, for readers of either.
function readHashes(archive: TableReader): Record<string, string> {
  const hashes: Record<string, string> = {};
  const single = archive.string('hash');
  if (single !== undefined) {
    const equals = single.indexOf('=');
    if (equals < 0) throw invalid(`the hash ${quote(single)} does not read algorithm=digest`);
    hashes[single.slice(0, equals)] = single.slice(equals + 1);
  }
  const [[algorithm, digest] = []] = Object.entries(hashes);
  const table = archive.table('hashes');
  if (table !== undefined && algorithm !== undefined && table.string(algorithm) !== digest) {
    throw invalid(`its archive_info.hash is ${quote(single!)}, and its archive_info.hashes states another or none`);
  }
  for (const algorithm of table?.keys() ?? []) hashes[algorithm] = table!.requiredString(algorithm);
  return hashes;
}

function formatHashes(hashes: Readonly<Record<string, string>>): Record<string, unknown> {
  const [first] = Object.entries(hashes);
  return first ? { hash: first.join('='), hashes } : {};
}

function invalid(reason: string, cause?: unknown): PackagingError {
  return new PackagingError('PACKAGING_INVALID_DIRECT_URL', `direct_url.json is not valid: ${reason}.`, { cause });
}

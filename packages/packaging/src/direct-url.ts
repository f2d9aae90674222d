// direct_url.json: where a distribution that came from a URL or a directory was installed from (specification "Recording
// the direct URL origin"). Written without passwords.

import { PackagingError, quote } from './packaging-error.ts';

export interface DirectUrl {
  readonly url: string;
  readonly subdirectory?: string | undefined;
  /** Exactly one of the three is there. */
  readonly archive?: { readonly hashes: Readonly<Record<string, string>> } | undefined;
  readonly directory?: { readonly editable: boolean } | undefined;
  readonly vcs?:
    | { readonly vcs: string; readonly commitId: string; readonly requestedRevision?: string | undefined }
    | undefined;
}

/** Reads direct_url.json; throws `PACKAGING_INVALID_DIRECT_URL`. */
export function parseDirectUrl(text: string): DirectUrl {
  const value = readObject(text);
  const url = stringOf(value, 'url', true)!;
  const subdirectory = stringOf(value, 'subdirectory', false);
  const [archive, directory, vcs] = ['archive_info', 'dir_info', 'vcs_info'].map((key) => objectOf(value, key));
  if ([archive, directory, vcs].filter(Boolean).length !== 1)
    throw invalid('it needs one of archive_info, dir_info and vcs_info');
  return {
    url,
    ...(subdirectory === undefined ? {} : { subdirectory }),
    ...(archive && { archive: { hashes: hashesOf(archive) } }),
    ...(directory && { directory: { editable: directory.editable === true } }),
    ...(vcs && {
      vcs: {
        vcs: stringOf(vcs, 'vcs', true)!,
        commitId: stringOf(vcs, 'commit_id', true)!,
        requestedRevision: stringOf(vcs, 'requested_revision', false),
      },
    }),
  };
}

/** The file's content, without the user and password of the URL where those are secrets. */
export function formatDirectUrl({ url, subdirectory, archive, directory, vcs }: DirectUrl): string {
  const [hash] = Object.entries(archive?.hashes ?? {});
  return JSON.stringify({
    url: withoutCredentials(url, vcs?.vcs === 'git'),
    ...(archive && { archive_info: { ...(hash && { hash: hash.join('='), hashes: archive.hashes }) } }),
    ...(directory && { dir_info: directory.editable ? { editable: true } : {} }),
    ...(vcs && {
      vcs_info: {
        vcs: vcs.vcs,
        ...(vcs.requestedRevision === undefined ? {} : { requested_revision: vcs.requestedRevision }),
        commit_id: vcs.commitId,
      },
    }),
    ...(subdirectory === undefined ? {} : { subdirectory }),
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

type Table = Readonly<Record<string, unknown>>;

function readObject(text: string): Table {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalid('it is not JSON', cause);
  }
  if (!isTable(value)) throw invalid('it is not a JSON object');
  return value;
}

function hashesOf(archive: Table): Record<string, string> {
  const hashes: Record<string, string> = {};
  const legacy = stringOf(archive, 'hash', false);
  if (legacy !== undefined) {
    const equals = legacy.indexOf('=');
    if (equals <= 0) throw invalid(`the hash ${quote(legacy)} does not read algorithm=digest`);
    hashes[legacy.slice(0, equals)] = legacy.slice(equals + 1);
  }
  for (const [algorithm, digest] of Object.entries(objectOf(archive, 'hashes') ?? {})) {
    if (typeof digest !== 'string') throw invalid(`its hash ${quote(algorithm)} is not a string`);
    hashes[algorithm] = digest;
  }
  return hashes;
}

function stringOf(table: Table, key: string, required: boolean): string | undefined {
  const value = table[key];
  if (typeof value === 'string') return value;
  if (value === undefined && !required) return undefined;
  throw invalid(value === undefined ? `it has no ${key}` : `its ${key} is not a string`);
}

function objectOf(table: Table, key: string): Table | undefined {
  const value = table[key];
  if (value === undefined || isTable(value)) return value;
  throw invalid(`its ${key} is not an object`);
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(reason: string, cause?: unknown): PackagingError {
  return new PackagingError('PACKAGING_INVALID_DIRECT_URL', `direct_url.json is not valid: ${reason}.`, { cause });
}

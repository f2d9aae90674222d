// pylock.toml written: a lock as a document, and as the text of a file. What is written is checked as a reader would check it,
// and equal locks give equal texts.

import { formatMarker } from '../markers/marker.ts';
import { formatSpecifiers } from '../versions/specifier.ts';
import {
  type Pylock,
  type PylockDirectory,
  type PylockFile,
  type PylockPackage,
  type PylockVcs,
  parsePylock,
} from './pylock.ts';
import { formatToml } from './toml-text.ts';

/**
 * The lock as a document for a TOML writer: plain objects with the keys of the specification, in its order. Empty lists are
 * left out, but not those of `environments` and `packages`. Throws `PACKAGING_INVALID_PYLOCK` for a lock that a reader would
 * refuse.
 */
export function pylockDocument(lock: Pylock): Record<string, unknown> {
  const document = compact({
    'lock-version': lock.lockVersion,
    environments: lock.environments?.map(formatMarker),
    'requires-python': lock.requiresPython && formatSpecifiers(lock.requiresPython),
    extras: filled(lock.extras),
    'dependency-groups': filled(lock.dependencyGroups),
    'default-groups': filled(lock.defaultGroups),
    'created-by': lock.createdBy,
    packages: lock.packages.map(packageTable),
    tool: lock.tool,
  });
  parsePylock(document);
  return document;
}

/**
 * The text of the lock file: one key a line, one wheel a line, so that a change of one package is a change of few lines.
 * Throws as {@link pylockDocument} does.
 */
export function formatPylock(lock: Pylock): string {
  return formatToml(pylockDocument(lock));
}

function packageTable(locked: PylockPackage): Record<string, unknown> {
  return compact({
    name: locked.name,
    version: locked.version?.text,
    marker: locked.marker && formatMarker(locked.marker),
    'requires-python': locked.requiresPython && formatSpecifiers(locked.requiresPython),
    dependencies: locked.dependencies,
    vcs: locked.vcs && vcsTable(locked.vcs),
    directory: locked.directory && directoryTable(locked.directory),
    archive: locked.archive && fileTable(locked.archive),
    index: locked.index,
    sdist: locked.sdist && fileTable(locked.sdist),
    wheels: filled(locked.wheels.map(fileTable)),
    'attestation-identities': locked.attestationIdentities,
    tool: locked.tool,
  });
}

function fileTable(file: PylockFile): Record<string, unknown> {
  return compact({
    name: file.name,
    'upload-time': file.uploadTime,
    url: file.url,
    path: file.path,
    size: file.size,
    hashes: file.hashes,
    subdirectory: file.subdirectory,
  });
}

function directoryTable({ path, editable, subdirectory }: PylockDirectory): Record<string, unknown> {
  return compact({ path, editable, subdirectory });
}

function vcsTable(vcs: PylockVcs): Record<string, unknown> {
  return compact({
    type: vcs.type,
    url: vcs.url,
    path: vcs.path,
    'requested-revision': vcs.requestedRevision,
    'commit-id': vcs.commitId,
    subdirectory: vcs.subdirectory,
  });
}

function compact(table: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined));
}

function filled<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

// Decides from the header alone what an entry of an sdist may be: the `data` filter of PEP 706. It is stricter in two
// points: it refuses an absolute path instead of shortening it, and a link may only go up first and then down.
import { ArchivesError } from './archives-error.ts';
import { checkEntryName } from './entry-name.ts';

export interface TarHeader {
  readonly name: string;
  readonly type?: string | null | undefined;
  readonly mode?: number | undefined;
  readonly linkname?: string | null | undefined;
  readonly mtime?: Date | undefined;
}

export type TarEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly mode: number }
  /** `target` is as in the archive and stays below the root when followed from the link's own directory. */
  | { readonly kind: 'symlink'; readonly path: string; readonly target: string }
  /** `target` is another entry's path. */
  | { readonly kind: 'hardlink'; readonly path: string; readonly target: string };

/** Undefined for an entry that is only about the archive. Throws SDIST_UNSAFE_PATH, SDIST_UNSAFE_LINK, SDIST_UNSUPPORTED. */
export function filterTarEntry(archive: string, header: TarHeader): TarEntry | undefined {
  const path = cleanPath(header.name);
  if (path === '') return undefined;
  checkEntryName(path, archive, 'SDIST_UNSAFE_PATH');
  switch (header.type) {
    case 'directory':
      return { kind: 'directory', path };
    case 'file':
    case 'contiguous-file':
      return { kind: 'file', path, mode: fileMode(header.mode ?? 0o644) };
    case 'symlink':
      return { kind: 'symlink', path, target: checkSymlink(archive, path, header.linkname ?? '') };
    case 'link': {
      const target = cleanPath(header.linkname ?? '');
      checkEntryName(target, archive, 'SDIST_UNSAFE_LINK');
      return { kind: 'hardlink', path, target };
    }
    default:
      throw new ArchivesError(
        'SDIST_UNSUPPORTED',
        `${archive} has the entry ${JSON.stringify(path)}, a ${header.type ?? 'thing'} that sdists cannot hold.`,
        { data: { archive, entry: path } },
      );
  }
}

/** The owner may read and write, no one else may write; executable is what the owner may execute; no setuid bits. */
function fileMode(mode: number): number {
  const kept = (mode & 0o755) | 0o600;
  return (mode & 0o100) === 0 ? kept & 0o666 : kept;
}

// `./pkg/` and `pkg` are the same entry.
function cleanPath(name: string): string {
  return name
    .replace(/^(?:\.\/+)+/, '')
    .replace(/\/+$/, '')
    .replace(/^\.$/, '');
}

// Going up before going down cannot leave the root, whatever other links it meets on the way down; `a/../..` could.
function checkSymlink(archive: string, path: string, target: string): string {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const firstDown = parts.findIndex((part) => part !== '..');
  const levelsUp = firstDown === -1 ? parts.length : firstDown;
  // The directory that holds the link is this many levels below the directory that is unpacked into; going up to that
  // directory itself would leave the sdist's own top directory, but not the target.
  const depth = path.split('/').length - 1;
  const safe =
    target !== '' &&
    !target.startsWith('/') &&
    !/[\0\\]/.test(target) &&
    !/^[A-Za-z]:/.test(target) &&
    !parts.slice(levelsUp).includes('..') &&
    levelsUp <= depth;
  if (safe) return target;
  throw new ArchivesError(
    'SDIST_UNSAFE_LINK',
    `${archive} has a link ${JSON.stringify(path)} to ${JSON.stringify(target)}, which may lie outside of it.`,
    { data: { archive, entry: path } },
  );
}

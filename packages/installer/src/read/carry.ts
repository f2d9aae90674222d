// What of the present prefix comes along into the next one: everything that no removed or replaced distribution owns, no
// matter which program wrote it. Reads only: `buildTree` links what it returns, `changedSince` compares it again.
import { type Dirent, readdirSync, readlinkSync, statSync } from 'node:fs';
import { cacheDirName, isCacheDir, isUnfinishedByteCode, sourceNameOf } from '../layout/byte-code.ts';
import { InstallError } from '../model/install-error.ts';
import type { LeavingPaths } from '../model/types.ts';

/** What decides whether a path comes along; all paths are relative to the prefix. */
export interface CarryRules {
  /** Paths that do not come along; none by default. */
  readonly leaving?: LeavingPaths | undefined;
  /** Files that the next prefix gets as new files; none by default. */
  readonly laid?: { has(path: string): boolean } | undefined;
  /** All directories above those files; none by default. */
  readonly laidDirectories?: ReadonlySet<string> | undefined;
  /** Directories that a prefix has even when they are empty; none by default. */
  readonly roots?: ReadonlySet<string> | undefined;
}

/** A directory of the present prefix as it was read. */
export interface SeenDirectory {
  /** Relative to the prefix. */
  readonly path: string;
  /** Its modification time before its names were read. */
  readonly mtimeNs: bigint;
  readonly names: readonly string[];
}

type AllRules = { readonly [Rule in keyof CarryRules]-?: NonNullable<CarryRules[Rule]> };

/** What comes along, in the shape that `linkTree` takes, and what was seen on the way. */
export interface Carried {
  /** Parents first. */
  readonly directories: readonly string[];
  readonly files: readonly { readonly directory: string; readonly names: readonly string[] }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly seen: readonly SeenDirectory[];
}

/** Files at the top of a generation that describe this generation only. */
const ofOneGeneration = new Set(['generation.json', '.committed']);

const nothing: ReadonlySet<string> = new Set();

/** Walks the prefix at `prefixDir`. Throws INSTALL_PATH_OCCUPIED where a file would have to be a directory or the reverse. */
export function carryPrefix(
  prefixDir: string,
  {
    leaving = { files: nothing, directories: nothing },
    laid = nothing,
    laidDirectories = nothing,
    roots = nothing,
  }: CarryRules,
): Carried {
  const rules = { leaving, laid, laidDirectories };
  const isConcerned = concernTest(rules);
  const directories: string[] = [];
  const files: { directory: string; names: string[] }[] = [];
  const links: { path: string; target: string }[] = [];
  const seen: SeenDirectory[] = [];

  // Returns whether the directory comes along, because of what is in it or because it was empty already.
  const visit = (directory: string, sources: ReadonlySet<string> | undefined): boolean => {
    const at = directory === '' ? prefixDir : `${prefixDir}/${directory}`;
    // The time is read before the names: a change between the two reads then looks like a later change, never like none.
    const { mtimeNs } = statSync(at, { bigint: true });
    const entries = readdirSync(at, { withFileTypes: true });
    seen.push({ path: directory, mtimeNs, names: entries.map(({ name }) => name) });
    const position = directories.push(directory) - 1;
    const names: string[] = [];
    const below: string[] = [];
    let linked = false;
    const decides = isConcerned(directory);
    const pathOf = ({ name }: Dirent) => (directory === '' ? name : `${directory}/${name}`);
    for (const entry of entries) {
      if (entry.isDirectory()) {
        if (!decides || !leaving.directories.has(pathOf(entry))) below.push(entry.name);
      } else if (
        decides ? comesAlong(entry, pathOf(entry), directory, sources, rules) : goesWithSource(entry.name, sources)
      ) {
        if (!entry.isSymbolicLink()) names.push(entry.name);
        else linked = links.push({ path: pathOf(entry), target: readlinkSync(`${at}/${entry.name}`) }) > 0;
      }
    }
    if (names.length > 0) files.push({ directory, names });
    // An empty directory for byte-code goes with the last source.
    const wasEmpty = entries.length === 0 && sources?.size !== 0;
    let filled = names.length > 0 || linked || wasEmpty || roots.has(directory);
    for (const name of below) {
      const path = directory === '' ? name : `${directory}/${name}`;
      const came = visit(path, name === cacheDirName ? new Set(names) : undefined);
      if (came && laid.has(path)) refuseDirectory(prefixDir, path);
      filled ||= came;
    }
    if (!filled) directories.splice(position, 1);
    return filled;
  };
  visit('', undefined);
  return { directories: directories.filter((directory) => directory !== ''), files, links, seen };
}

/**
 * Recognizes the directories in which one of the rules names an entry. In all others every entry comes along, so that no
 * path has to be made and looked up there.
 */
function concernTest({ leaving, laid, laidDirectories }: Omit<AllRules, 'roots'>): (directory: string) => boolean {
  if (laid !== nothing && laidDirectories === nothing) return () => true;
  const concerned = new Set(['', ...laidDirectories]);
  for (const paths of [leaving.files, leaving.directories, laidDirectories]) {
    for (const path of paths) concerned.add(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
  }
  return (directory) => concerned.has(directory);
}

function comesAlong(
  entry: Dirent,
  path: string,
  directory: string,
  sources: ReadonlySet<string> | undefined,
  { leaving, laid, laidDirectories }: Omit<AllRules, 'roots'>,
): boolean {
  if (leaving.files.has(path) || leaving.directories.has(path) || laid.has(path)) return false;
  if (laidDirectories.has(path)) {
    throw new InstallError(
      'INSTALL_PATH_OCCUPIED',
      `${path} is a file that belongs to no distribution, but a wheel needs a directory there.`,
      {
        hint: 'Nothing was changed. Move the file away and try again.',
        data: { path, owners: [] },
      },
    );
  }
  if (directory === '' && ofOneGeneration.has(entry.name)) return false;
  return goesWithSource(entry.name, sources);
}

// Byte-code goes with its source: it comes along with that file, and leaves where the file leaves or is replaced.
function goesWithSource(name: string, sources: ReadonlySet<string> | undefined): boolean {
  return sources === undefined || (!isUnfinishedByteCode(name) && sources.has(sourceNameOf(name)));
}

function refuseDirectory(prefixDir: string, path: string): never {
  throw new InstallError(
    'INSTALL_PATH_OCCUPIED',
    `${prefixDir}/${path} is a directory, but a wheel brings a file of that name.`,
    {
      hint: 'Nothing was changed. Move the directory away and try again.',
      data: { path, owners: [] },
    },
  );
}

/** The files of the prefix at `prefixDir`, relative to it, without byte-code. */
export function filesOf(prefixDir: string): string[] {
  return carriedFiles(carryPrefix(prefixDir, {}));
}

/** The files that come along, relative to the prefix, without byte-code and links. */
export function carriedFiles({ files }: Pick<Carried, 'files'>): string[] {
  return files
    .filter(({ directory }) => !isCacheDir(directory))
    .flatMap(({ directory, names }) => names.map((name) => (directory === '' ? name : `${directory}/${name}`)));
}

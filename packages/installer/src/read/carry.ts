// What of the present prefix comes along into the next one: everything that no removed or replaced distribution owns,
// whoever put it there. Reading only; what it finds is linked by link-farm.ts and watched by fingerprint.ts.
import { type Dirent, readdirSync, readlinkSync, statSync } from 'node:fs';
import { InstallError } from '../model/install-error.ts';

/** What decides whether a path comes along; all paths are relative to the prefix. */
export interface CarryRules {
  readonly drop: ReadonlySet<string>;
  readonly dropDirectories: ReadonlySet<string>;
  /** Files that the next prefix gets anew. */
  readonly laid: { has(path: string): boolean };
  /** Directories that those files need. */
  readonly laidDirectories: ReadonlySet<string>;
  /** Directories that a prefix has even when they are empty. */
  readonly roots: ReadonlySet<string>;
}

/** A directory of the present prefix as it was read. */
export interface SeenDirectory {
  readonly path: string;
  readonly mtimeNs: bigint;
  readonly names: readonly string[];
}

/** What comes along, in the shape that linkTree takes, and what was seen on the way. */
export interface Carried {
  readonly directories: readonly string[];
  readonly files: readonly { readonly directory: string; readonly names: readonly string[] }[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly seen: readonly SeenDirectory[];
}

/** Files at the top of a generation that tell of this generation only. */
const ofOneGeneration = new Set(['generation.json', '.committed']);

/** Walks the prefix at `prefixDir`. Throws INSTALL_PATH_OCCUPIED where a file would have to be a directory or the reverse. */
export function carryPrefix(prefixDir: string, rules: CarryRules): Carried {
  const directories: string[] = [];
  const files: { directory: string; names: string[] }[] = [];
  const links: { path: string; target: string }[] = [];
  const seen: SeenDirectory[] = [];

  // True: the directory comes along, because of what is in it or because it was empty already.
  const visit = (directory: string, sources: ReadonlySet<string> | undefined): boolean => {
    const at = directory === '' ? prefixDir : `${prefixDir}/${directory}`;
    // Before the names: a change between the two looks like a change afterwards, never like none.
    const { mtimeNs } = statSync(at, { bigint: true });
    const entries = readdirSync(at, { withFileTypes: true });
    seen.push({ path: directory, mtimeNs, names: entries.map(({ name }) => name) });
    const position = directories.push(directory) - 1;
    const names: string[] = [];
    const below: string[] = [];
    let linked = false;
    for (const entry of entries) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!rules.dropDirectories.has(path)) below.push(entry.name);
      } else if (comesAlong(entry, path, directory, sources, rules)) {
        if (entry.isSymbolicLink()) linked = links.push({ path, target: readlinkSync(`${prefixDir}/${path}`) }) > 0;
        else names.push(entry.name);
      }
    }
    if (names.length > 0) files.push({ directory, names });
    // A place for byte-code, empty as it is, goes with the last source.
    const wasEmpty = entries.length === 0 && sources?.size !== 0;
    let filled = names.length > 0 || linked || wasEmpty || rules.roots.has(directory);
    for (const name of below) {
      const path = directory === '' ? name : `${directory}/${name}`;
      const came = visit(path, name === '__pycache__' ? new Set(names) : undefined);
      if (came && rules.laid.has(path)) refuseDirectory(prefixDir, path);
      filled ||= came;
    }
    if (!filled) directories.splice(position, 1);
    return filled;
  };
  visit('', undefined);
  return { directories: directories.filter((directory) => directory !== ''), files, links, seen };
}

function comesAlong(
  entry: Dirent,
  path: string,
  directory: string,
  sources: ReadonlySet<string> | undefined,
  rules: CarryRules,
): boolean {
  if (rules.drop.has(path) || rules.dropDirectories.has(path) || rules.laid.has(path)) return false;
  if (rules.laidDirectories.has(path)) {
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
  // Byte-code goes with its source: kept where that file comes along, dropped where it leaves or is replaced. What is
  // being written there just now has a number at its end and will have another name before it could be linked.
  return sources === undefined || (!/\.pyc\.\d+$/.test(entry.name) && sources.has(`${entry.name.split('.', 1)[0]}.py`));
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

/** The files of a prefix, without byte-code. */
export function filesOf(prefixDir: string): string[] {
  const nothing = new Set<string>();
  const rules = { drop: nothing, dropDirectories: nothing, laid: nothing, laidDirectories: nothing, roots: nothing };
  return carryPrefix(prefixDir, rules)
    .files.filter(({ directory }) => !directory.endsWith('__pycache__'))
    .flatMap(({ directory, names }) => names.map((name) => (directory === '' ? name : `${directory}/${name}`)));
}

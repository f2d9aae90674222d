// Where each file of a wheel goes: the schemes of the binary distribution format (PEP 427), relative to the prefix.
import { InstallError } from '../model/install-error.ts';
import type { SchemeLayout } from '../model/types.ts';
import type { WheelTree, WheelTreeFile } from '../model/wheel-tree.ts';

/** A directory of the wheel and the directory of the prefix that its files go to; '' is the top of either. */
export interface SchemeRoot {
  readonly source: string;
  readonly target: string;
  /** `.data/scripts`: executable, and rewritten where it starts with `#!python`. */
  readonly scripts: boolean;
}

/** A file of a wheel with its final place, relative to the prefix. */
export interface PlacedFile {
  readonly file: WheelTreeFile;
  /** Relative to the prefix. */
  readonly target: string;
  readonly root: SchemeRoot;
}

/** The files of dist-info that the installer writes itself, even where the wheel has them. */
export const writtenByInstaller: readonly string[] = ['RECORD', 'INSTALLER', 'REQUESTED', 'direct_url.json'];

/** The path of `name` in the directory `directory`; '' is the prefix itself. */
export function within(directory: string, name: string): string {
  return directory === '' ? name : `${directory}/${name}`;
}

/** The layout of an environment whose Python calls its library directory `libDirName` (`python3.11`). */
export function schemeLayout(libDirName: string): SchemeLayout {
  return {
    sitePackages: `lib/${libDirName}/site-packages`,
    headers: `include/site/${libDirName}`,
    scripts: 'bin',
  };
}

/**
 * The place of every file that is taken from `wheel`. Two files with one content and one place, at the root and in
 * `.data/purelib` for instance, count once. Two files with different content are both returned: the plan refuses them.
 * Throws INSTALL_PROTECTED_PATH for a path of no scheme.
 */
export function placeFiles(wheel: WheelTree, layout: SchemeLayout): PlacedFile[] {
  const placed = placeEach(wheel, layout);
  // Two paths of one place need `.data`.
  return placed.some(({ root }) => root.source !== '') ? withoutRepeats(placed) : placed;
}

function withoutRepeats(placed: readonly PlacedFile[]): PlacedFile[] {
  const byPlace = new Map<string, PlacedFile>();
  for (const one of placed) {
    const key = `${one.target}\n${one.file.sha256}`;
    // A script is rewritten for the environment, which a plain file is not.
    if (!byPlace.has(key) || one.root.scripts) byPlace.set(key, one);
  }
  return [...byPlace.values()];
}

function placeEach(wheel: WheelTree, layout: SchemeLayout): PlacedFile[] {
  const placed: PlacedFile[] = [];
  const roots = new Map<string, SchemeRoot>();
  const siteRoot: SchemeRoot = { source: '', target: layout.sitePackages, scripts: false };
  const dataPrefix = `${wheel.dataDir}/`;
  const written = new Set(writtenByInstaller.map((name) => `${wheel.distInfoDir}/${name}`));
  for (const file of wheel.files) {
    if (file.path.startsWith(dataPrefix)) {
      const root = dataRoot(wheel, file.path, roots, layout);
      const inside = file.path.slice(root.source.length + 1);
      placed.push({ file, root, target: within(root.target, inside) });
    } else if (!written.has(file.path)) {
      placed.push({ file, root: siteRoot, target: within(layout.sitePackages, file.path) });
    }
  }
  return placed;
}

function dataRoot(wheel: WheelTree, path: string, roots: Map<string, SchemeRoot>, layout: SchemeLayout): SchemeRoot {
  const [, scheme = '', ...inside] = path.split('/');
  // lib64 is a link to lib in an environment: two spellings of one file would hide a conflict.
  const lib64 = layout.separateLib64 !== true && scheme === 'data' && inside[0] === 'lib64' && inside.length > 1;
  const key = lib64 ? 'lib64' : scheme;
  const known = roots.get(key);
  if (known !== undefined && !known.scripts) return known;
  const target = lib64 ? 'lib' : schemeTarget(scheme, wheel, layout);
  if (target === undefined || inside.length === 0 || (scheme === 'scripts' && inside.length > 1)) {
    throw new InstallError('INSTALL_PROTECTED_PATH', `${wheel.name} brings ${path}, which belongs to no scheme.`, {
      hint: 'The schemes are purelib, platlib, scripts, headers and data; tell the authors of the wheel.',
      data: { name: wheel.name, path },
    });
  }
  const source = `${wheel.dataDir}/${scheme}${lib64 ? '/lib64' : ''}`;
  const root: SchemeRoot = { source, target, scripts: scheme === 'scripts' };
  roots.set(key, root);
  return root;
}

function schemeTarget(scheme: string, wheel: WheelTree, layout: SchemeLayout): string | undefined {
  switch (scheme) {
    case 'purelib':
    case 'platlib':
      return layout.sitePackages;
    case 'scripts':
      return layout.scripts;
    case 'headers':
      // pip and uv spell the name with dashes here.
      return `${layout.headers}/${wheel.distInfoDir.split('-', 1)[0]!.replaceAll('_', '-')}`;
    case 'data':
      return '';
    default:
      return undefined;
  }
}

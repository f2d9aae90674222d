// `.egg-link` files of `setup.py develop`: one line with the directory whose `.egg-info` is the metadata, one with the
// way from there to the directory of setup.py (setuptools, "Development mode").
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { listNames, lookAtEntry, readReadable } from '@wheelwright/atomic-fs';
import { isValidName, normalizeName } from '@wheelwright/packaging';

/** The source tree that an `.egg-link` leads to. */
export interface LinkedMetadata {
  /** The absolute path of its PKG-INFO. */
  readonly metadataPath: string;
  /** The `file:` URL of the project's directory. */
  readonly sourceUrl: string;
}

/** Follows the `.egg-link` at the absolute path `eggLink`; undefined where it leads to no metadata of its name. */
export function findLinkedMetadata(eggLink: string): LinkedMetadata | undefined {
  const [first = '', second = '.'] = (readReadable(eggLink) ?? '').split(/\r?\n/).map((line) => line.trim());
  if (first === '') return undefined;
  const eggDir = path.resolve(path.dirname(eggLink), first);
  const wanted = path.basename(eggLink, '.egg-link');
  const isWanted = (name: string) =>
    name.endsWith('.egg-info') && isValidName(wanted) && sameName(name.slice(0, -'.egg-info'.length), wanted);
  const eggInfo = listNames(eggDir).find(isWanted);
  if (eggInfo === undefined) return undefined;
  const metadataPath = path.join(eggDir, eggInfo, 'PKG-INFO');
  if (lookAtEntry(metadataPath)?.isFile() !== true) return undefined;
  return { metadataPath, sourceUrl: pathToFileURL(path.resolve(eggDir, second || '.')).href };
}

function sameName(a: string, b: string): boolean {
  return isValidName(a) && normalizeName(a) === normalizeName(b);
}

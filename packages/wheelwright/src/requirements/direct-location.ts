// Classifies a path or a URL by its text and one `stat`: a wheel, an sdist, a directory or a repository. Fetches nothing.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { redactUrls } from '@wheelwright/errors';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** The location of a direct requirement. Paths are absolute. URLs have no fragment and may hold credentials. */
export type DirectLocation =
  | {
      readonly kind: 'archive';
      readonly format: 'wheel' | 'sdist';
      /** A path on this machine, or a URL: exactly one of the two. */
      readonly path?: string | undefined;
      readonly url?: string | undefined;
      /** The directory in the archive that holds the project, relative to its top directory. */
      readonly subdirectory?: string | undefined;
    }
  | { readonly kind: 'directory'; readonly dir: string }
  | {
      readonly kind: 'repository';
      readonly vcs: 'git' | 'hg';
      /** The URL that git or hg gets: `https:`, `http:`, `ssh:` or `file:`. */
      readonly url: string;
      /** A branch, tag or commit; undefined for the default branch. */
      readonly revision?: string | undefined;
      /** The revision that the user named, if `revision` is a commit that was found for it earlier. */
      readonly requested?: string | undefined;
      readonly subdirectory?: string | undefined;
    };

const archiveEnding = /\.(?:tar\.(?:gz|bz2|xz)|tgz|zip)$/i;

/**
 * The location that a URL names.
 * @throws WheelwrightError WHEELWRIGHT_BAD_INPUT; `source` is the place of the URL, for the message.
 */
export function locateUrl(text: string, source: string): DirectLocation {
  const repository = /^(git|hg|svn|bzr)\+/i.exec(text)?.[1]?.toLowerCase();
  if (repository !== undefined) return locateRepository(text, repository, source);
  const url = parseUrl(text, source);
  const subdirectory = subdirectoryOf(url, source);
  url.hash = '';
  if (url.protocol === 'file:') return locatePath(pathOf(url, source), source, subdirectory);
  if (url.protocol === 'https:' || url.protocol === 'http:') {
    const format = url.pathname.endsWith('.whl') ? 'wheel' : archiveEnding.test(url.pathname) ? 'sdist' : undefined;
    if (format !== undefined) return { kind: 'archive', format, url: url.href, ...optional({ subdirectory }) };
    if (url.pathname.endsWith('.git'))
      throw bad(`${shown(source)} names a repository by a plain URL.`, `Write git+${shown(text)}.`);
  }
  throw bad(
    `${shown(source)} names ${shown(text)}, which is neither a wheel nor an sdist.`,
    'A URL names a file that ends in .whl, .tar.gz or .zip, or a repository as git+https://….',
  );
}

/** The location that the absolute `filePath` names. Throws WHEELWRIGHT_BAD_INPUT. */
export function locatePath(filePath: string, source: string, subdirectory?: string | undefined): DirectLocation {
  const stats = existsSync(filePath) ? statSync(filePath) : undefined;
  if (stats === undefined) throw bad(`${filePath} does not exist.`, undefined, { path: filePath });
  if (stats.isDirectory()) return locateDirectory(filePath, source, subdirectory);
  const format = filePath.endsWith('.whl') ? 'wheel' : archiveEnding.test(filePath) ? 'sdist' : undefined;
  if (stats.isFile() && format !== undefined)
    return { kind: 'archive', format, path: filePath, ...optional({ subdirectory }) };
  throw bad(`${filePath} is neither a wheel, an sdist nor a directory.`, undefined, { path: filePath });
}

function locateDirectory(dir: string, source: string, subdirectory: string | undefined): DirectLocation {
  if (subdirectory === undefined) return { kind: 'directory', dir: path.resolve(dir) };
  const below = path.resolve(dir, subdirectory);
  if (existsSync(below)) return { kind: 'directory', dir: below };
  throw bad(`${source} names the directory ${subdirectory} of ${dir}, which does not exist.`);
}

function locateRepository(text: string, vcs: string, source: string): DirectLocation {
  if (vcs !== 'git' && vcs !== 'hg')
    throw bad(`${shown(source)} names a repository of ${vcs}, which is not supported.`, 'git and hg are supported.');
  const inner = text.slice(vcs.length + 1);
  if (!/^(?:https?|ssh|file|git):\/\//i.test(inner))
    throw bad(
      `${shown(source)} names a repository by ${shown(inner)}, which is not a URL.`,
      `Write ${vcs}+https://HOST/PATH or ${vcs}+ssh://USER@HOST/PATH.`,
    );
  const url = parseUrl(inner, source);
  const subdirectory = subdirectoryOf(url, source);
  url.hash = '';
  // The revision follows the last "@" of the path. An "@" before the path belongs to the user name.
  const at = url.pathname.lastIndexOf('@');
  const revision = at < 0 ? undefined : decodeURIComponent(url.pathname.slice(at + 1));
  if (at >= 0) url.pathname = url.pathname.slice(0, at);
  if (revision === '' || revision?.startsWith('-'))
    throw bad(
      `${shown(source)} names no revision after its "@".`,
      'Name a branch, a tag or a commit, or leave "@" out.',
    );
  return { kind: 'repository', vcs, url: url.href, ...optional({ revision, subdirectory }) };
}

function subdirectoryOf(url: URL, source: string): string | undefined {
  const value = /(?:^#|&)subdirectory=([^&]*)/.exec(url.hash)?.[1];
  if (value === undefined || value === '') return undefined;
  const subdirectory = path.posix.normalize(decodeURIComponent(value)).replace(/\/$/, '');
  if (!path.posix.isAbsolute(subdirectory) && !/^\.\.(?:\/|$)/.test(subdirectory))
    return subdirectory === '.' ? undefined : subdirectory;
  throw bad(`${shown(source)} names the subdirectory ${subdirectory}, which leaves the project.`);
}

function parseUrl(text: string, source: string): URL {
  try {
    return new URL(text);
  } catch (cause) {
    throw bad(`${shown(source)} is not a valid URL.`, undefined, { url: shown(text) }, cause);
  }
}

function pathOf(url: URL, source: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw bad(`${shown(source)} is not a valid URL.`, undefined, { url: url.href }, cause);
  }
}

const shown = redactUrls;

/** Only the keys that have a value. */
function optional<T extends Record<string, string | undefined>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;
}

function bad(message: string, hint?: string, data?: Record<string, unknown>, cause?: unknown): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_BAD_INPUT', message, { hint, data, cause });
}

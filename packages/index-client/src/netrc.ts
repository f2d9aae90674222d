// The file .netrc: a user and a password for each host, as ftp(1) and curl read it. Only names of hosts are in it, so an
// entry is for every port and path of its host.
import { readFileSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** What the file holds for one host. */
export interface NetrcEntry {
  /** Undefined for `default`, which stands for every host that is not named. */
  readonly machine: string | undefined;
  readonly login: string;
  readonly password: string;
}

/** The entries of the file at `netrcPath`, in its order; none where it is missing or must not be read. */
export function readNetrc(netrcPath: string): readonly NetrcEntry[] {
  try {
    return parseNetrc(readFileSync(netrcPath, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES')) return [];
    throw error;
  }
}

/** The entries in `text`. Words that are not known are passed over. */
export function parseNetrc(text: string): readonly NetrcEntry[] {
  const entries: { machine: string | undefined; login: string; password: string }[] = [];
  const words = [...withoutMacros(text).matchAll(/"((?:[^"\\]|\\.)*)"|[^\s"]\S*/gs)].map(([word, quoted]) =>
    quoted === undefined ? word : quoted.replaceAll(/\\(.)/gs, '$1'),
  );
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    const entry = entries.at(-1);
    if (word === 'default') entries.push({ machine: undefined, login: '', password: '' });
    else if (word === 'machine') entries.push({ machine: words[++at]?.toLowerCase() ?? '', login: '', password: '' });
    else if ((word === 'login' || word === 'user') && entry !== undefined) entry.login = words[++at] ?? '';
    else if (word === 'password' && entry !== undefined) entry.password = words[++at] ?? '';
    else if (word === 'account') at += 1;
  }
  return entries;
}

/** The first entry that names a host, else that of `default`; of one user where one is named. */
export function findEntry(
  entries: readonly NetrcEntry[],
  hostname: string,
  login: string | undefined,
): NetrcEntry | undefined {
  const ofUser = entries.filter((entry) => login === undefined || login === entry.login);
  const host = hostname.toLowerCase();
  return ofUser.find(({ machine }) => machine === host) ?? ofUser.find(({ machine }) => machine === undefined);
}

/** Without comment lines, and without macros, which go on to a blank line. */
function withoutMacros(text: string): string {
  return text
    .replaceAll(/^[ \t]*#.*$/gm, '')
    .replaceAll(/^[ \t]*macdef\b[\s\S]*?(?:\n[ \t]*\r?\n|$(?![\s\S]))/gm, '\n');
}

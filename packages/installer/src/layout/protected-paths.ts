// The paths of an environment that no distribution may own, because they make it an environment.
import { isSupportPath, stableLinks } from '@wheelwright/python';

/** {@link protection} for many paths: each directory is tested once. */
export function protector(sitePackages: string): (target: string) => string | undefined {
  const plain = new Set<string>();
  return (target) => {
    const directory = target.slice(0, Math.max(0, target.lastIndexOf('/')));
    if (!plain.has(directory)) {
      if (isUnsafe(target)) return protection(target, sitePackages);
      plain.add(directory);
    } else if (isUnsafe(target.slice(directory.length && directory.length + 1))) {
      return protection(target, sitePackages);
    }
    return protectedAs(target, sitePackages);
  };
}

/** Why `target` (relative to the prefix) may not be claimed, as the end of a sentence; undefined when it may. */
export function protection(target: string, sitePackages: string): string | undefined {
  return isUnsafe(target) ? 'which does not name a file inside the environment' : protectedAs(target, sitePackages);
}

function protectedAs(target: string, sitePackages: string): string | undefined {
  if (isSupportPath(target)) return 'which belongs to the environment itself';
  const isRoot = sitePackages === target || sitePackages.startsWith(`${target}/`) || stableLinks.includes(target);
  return isRoot ? 'which is a directory of every environment' : undefined;
}

// A backslash separates names on Windows. Elsewhere it is a character of a name, as in a script `sub\script`.
const forbidden = process.platform === 'win32' ? /[\0-\x1f\x7f\\]/ : /[\0\n\r]/;

/** Whether `path` is anything but a plain relative path of named parts. */
export function isUnsafe(path: string): boolean {
  if (path === '' || path.startsWith('/') || path.endsWith('/') || forbidden.test(path)) return true;
  return path.includes('//') || /(?:^|\/)\.\.?(?:\/|$)/.test(path);
}

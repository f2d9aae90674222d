// The paths of an environment that no distribution may own: what makes it an environment, and what keeps it whole.
import { isSupportPath, stableLinks } from '@wheelwright/python';

/** Why `target` (relative to the prefix) may not be claimed, as the end of a sentence; undefined when it may. */
export function protection(target: string, sitePackages: string): string | undefined {
  if (isUnsafe(target)) return 'which does not name a file inside the environment';
  if (isSupportPath(target)) return 'which belongs to the environment itself';
  const isRoot = sitePackages === target || sitePackages.startsWith(`${target}/`) || stableLinks.includes(target);
  return isRoot ? 'which is a directory of every environment' : undefined;
}

/** Whether `path` is anything but a plain relative path of named parts. */
export function isUnsafe(path: string): boolean {
  if (path === '' || path.startsWith('/') || path.endsWith('/') || /[\0-\x1f\x7f\\]/.test(path)) return true;
  return path.includes('//') || /(?:^|\/)\.\.?(?:\/|$)/.test(path);
}

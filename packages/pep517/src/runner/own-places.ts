// Finds the directories that belong to one build, so that files below them are not inputs. A prefix with other programs and
// their headers never does. The runner asks the interpreter for its own library and headers in such a prefix.
import path from 'node:path';

/** Prefixes that many programs are installed below. */
const sharedPrefixes: ReadonlySet<string> = new Set([
  ...['/', '/usr', '/usr/local', '/usr/pkg', '/opt', '/opt/homebrew', '/opt/local', '/opt/conda', '/sw'],
  ...['/nix/var/nix/profiles/default', '/run/current-system/sw'],
]);
/** Prefixes below a home directory, such as `~/.local`. */
const sharedNames: ReadonlySet<string> = new Set(['.local', '.nix-profile', '.linuxbrew']);

/** The prefixes that belong to one environment only, without those that other programs share. */
export function ownPlaces(prefixes: readonly string[]): string[] {
  return prefixes.map((prefix) => path.resolve(prefix)).filter((prefix) => !isShared(prefix));
}

function isShared(prefix: string): boolean {
  return sharedPrefixes.has(prefix) || sharedNames.has(path.basename(prefix));
}

// Which places belong to one build, so that nothing below them is an input. A prefix that also holds other programs and
// their headers never does; what an interpreter has there (its library, its headers) is stated by the runner, which asks
// the interpreter itself.
import path from 'node:path';

/** Prefixes that many programs are installed below. */
const sharedPrefixes: ReadonlySet<string> = new Set([
  ...['/', '/usr', '/usr/local', '/usr/pkg', '/opt', '/opt/homebrew', '/opt/local', '/opt/conda', '/sw'],
  ...['/nix/var/nix/profiles/default', '/run/current-system/sw'],
]);
/** Prefixes below a home directory, such as `~/.local`. */
const sharedNames: ReadonlySet<string> = new Set(['.local', '.nix-profile', '.linuxbrew']);

/** The prefixes that belong to one environment alone: those that are shared with other programs are left out. */
export function ownPlaces(prefixes: readonly string[]): string[] {
  return prefixes.map((prefix) => path.resolve(prefix)).filter((prefix) => !isShared(prefix));
}

function isShared(prefix: string): boolean {
  return sharedPrefixes.has(prefix) || sharedNames.has(path.basename(prefix));
}

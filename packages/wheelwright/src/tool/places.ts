// Finds the store and the data directory of this machine from options and variables. HOME counts only if it names a
// directory, XDG variables only if they are absolute, as their specification says.
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Environment variables: the process's own, or those that an embedder passes. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** What chose the store. `named`: an option or a variable. `usual`: the user's cache directory. `run`: neither is known, so the store is temporary. */
export type StoreOrigin = 'named' | 'usual' | 'run';

/** Absolute directories. Those that depend on HOME are undefined without it. */
export interface Places {
  /** The home directory; undefined where HOME is unset, empty or relative. */
  readonly home: string | undefined;
  readonly storeDir: string;
  readonly storeOrigin: StoreOrigin;
  readonly dataDir: string | undefined;
}

/** Directories from options. They win over variables and are relative to `workingDir`. */
export interface NamedPlaces {
  readonly storeDir?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly workingDir: string;
}

/** Computes the directories. Does not read the disk. */
export function readPlaces({ workingDir, ...named }: NamedPlaces, variables: Variables): Places {
  const home = absolute(variables.HOME);
  const below = (variable: string | undefined, ...usual: readonly string[]) =>
    absolute(variable) ?? (home === undefined ? undefined : path.join(home, ...usual));
  const cacheHome = below(variables.XDG_CACHE_HOME, '.cache');
  const dataHome = below(variables.XDG_DATA_HOME, '.local', 'share');
  const storeName = named.storeDir ?? (variables.WHEELWRIGHT_STORE || undefined);
  const dataName = named.dataDir ?? (variables.WHEELWRIGHT_DATA || undefined);
  const usualData = dataHome === undefined ? undefined : path.join(dataHome, 'wheelwright');
  return {
    home,
    ...placeStore(storeName === undefined ? undefined : path.resolve(workingDir, storeName), cacheHome),
    dataDir: dataName === undefined ? usualData : path.resolve(workingDir, dataName),
  };
}

function placeStore(
  named: string | undefined,
  cacheHome: string | undefined,
): Pick<Places, 'storeDir' | 'storeOrigin'> {
  if (named !== undefined) return { storeDir: named, storeOrigin: 'named' };
  if (cacheHome !== undefined) return { storeDir: path.join(cacheHome, 'wheelwright', 'store'), storeOrigin: 'usual' };
  return { storeDir: runStoreDir(), storeOrigin: 'run' };
}

/** The prefix of the directory of a temporary store. The directory holds `store` and `lock`. */
export const runStorePrefix = `wheelwright-run-${process.getuid?.() ?? 0}-`;

/** A path for a temporary store that does not exist yet. */
export function runStoreDir(): string {
  return path.join(tmpdir(), `${runStorePrefix}${process.pid}-${randomBytes(4).toString('hex')}`, 'store');
}

function absolute(text: string | undefined): string | undefined {
  return text !== undefined && path.isAbsolute(text) ? text : undefined;
}

// Where the tool keeps things on this machine, from options and variables: the store and the data directory. HOME is
// taken only when it names a directory; XDG variables only when they are absolute, as their specification says.
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** The process's environment, or another one that an embedder gives. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Why the store is where it is. `named`: by an option or variable. `usual`: among the user's caches. `run`: no place is known, so it serves this run and goes with it. */
export type StoreOrigin = 'named' | 'usual' | 'run';

/** Directories that are absolute; those that only HOME could name are undefined without it. */
export interface Places {
  /** The home directory; undefined where HOME is unset, empty or relative. */
  readonly home: string | undefined;
  readonly storeDir: string;
  readonly storeOrigin: StoreOrigin;
  readonly dataDir: string | undefined;
}

/** What an option names; it wins over variables and is taken relative to `workingDir`. */
export interface NamedPlaces {
  readonly storeDir?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly workingDir: string;
}

/** Reads the places. Looks at no disk. */
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

/** How the directory of a run's store is named; the store is in it as `store`, its lock as `lock`. */
export const runStorePrefix = `wheelwright-run-${process.getuid?.() ?? 0}-`;

/** A path for the store of one run, which does not exist yet. */
export function runStoreDir(): string {
  return path.join(tmpdir(), `${runStorePrefix}${process.pid}-${randomBytes(4).toString('hex')}`, 'store');
}

function absolute(text: string | undefined): string | undefined {
  return text !== undefined && path.isAbsolute(text) ? text : undefined;
}

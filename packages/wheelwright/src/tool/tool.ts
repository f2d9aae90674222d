// What every command shares: settings, the store, interpreters and the index, each opened when it is first needed and
// closed together.
import { setMaxListeners } from 'node:events';
import path from 'node:path';
import type { IndexClient } from '@wheelwright/index-client';
import {
  type Environment,
  type FindEnvironmentOptions,
  findEnvironment,
  findEnvironmentDir,
  findInterpreter,
  type Interpreter,
  readDefaultIndexUrl,
} from '@wheelwright/python';
import type { RemoteCache } from '@wheelwright/remote-store';
import type { Store, StoreEvent } from '@wheelwright/store';
import { BasisRecorder } from './answer-basis.ts';
import { checkIndex } from './check-index.ts';
import { describeHolder } from './describe-holder.ts';
import type { OnEvent } from './events.ts';
import { createKeyring } from './keyring.ts';
import { openUsableStore, type UsableStore } from './open-usable-store.ts';
import type { IndexSettings, Settings } from './settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** An open tool. Close it (or `await using`) to release the store's lease and the index's connections. */
export interface Tool extends AsyncDisposable {
  /** What it was opened on. */
  readonly settings: Settings;
  /** Ends every call. */
  readonly signal: AbortSignal | undefined;
  /** Gets each event as it happens. */
  readonly onEvent: OnEvent;
  /** What the answers of this tool's calls rest on. */
  readonly basis: BasisRecorder;
  /** The store, opened once. */
  store(): Promise<Store>;
  /** Where the open store is: where the settings say, or for a run without a usable place beside the temporary files. */
  storeDir(): Promise<string>;
  /** An interpreter by path, name or version; the first on the search path where nothing is asked. */
  interpreter(request?: string): Promise<Interpreter>;
  /** The environment that is meant: the one given, else the active one, else `.venv` upwards. */
  environment(explicit?: string): Environment;
  /** Its directory, however damaged what lies there is. */
  environmentDir(explicit?: string): string;
  /** The indexes and link pages, as the settings name them or as the interpreter's pip has them by default. */
  index(interpreter: Interpreter): Promise<IndexClient>;
  /** The cache of many machines, opened once; undefined where none is named, or its settings are mistaken. */
  remote(): Promise<RemoteCache | undefined>;
  /** This tool with other places to look packages up in; it shares everything else, and is closed with this one. */
  withIndex(index: IndexSettings): Tool;
  /** This tool for one call that `signal` ends too; its waits and requests are its own, and closing it closes them. */
  withSignal(signal: AbortSignal): Tool;
  /** Releases the lease on the store and the connections; a call after it fails. */
  close(): Promise<void>;
}

/** How the tool is stopped, and who gets its events. */
export interface OpenToolOptions {
  /** Ends every call of the tool. */
  readonly signal?: AbortSignal | undefined;
  /** Gets each event as it happens. */
  readonly onEvent?: OnEvent | undefined;
}

/** Opens the tool on these settings. Nothing is touched until a command needs it. */
export function openTool(settings: Settings, { signal, onEvent = () => {} }: OpenToolOptions = {}): Tool {
  const waits = { lockTimeoutMs: settings.lockTimeoutMs, onEvent: (told: StoreEvent) => tell(told, onEvent) };
  return createTool(settings, signal, onEvent, (own) => openUsableStore(settings, { ...waits, signal: own }, onEvent));
}

function createTool(
  settings: Settings,
  signal: AbortSignal | undefined,
  onEvent: OnEvent,
  open: (signal: AbortSignal | undefined) => Promise<UsableStore>,
  sharedRemote?: () => Promise<RemoteCache | undefined>,
): Tool {
  // Every wait and every request listens to it, so that there are many is no leak.
  if (signal !== undefined) setMaxListeners(0, signal);
  let usable: Promise<UsableStore> | undefined;
  let remote: Promise<RemoteCache | undefined> | undefined;
  const indexes: Promise<IndexClient>[] = [];
  const interpreters = new Map<string, Promise<Interpreter>>();
  const openOnce = () => {
    usable ??= open(signal);
    return usable;
  };
  const rememberIndex = (owner: () => Tool) => {
    let index: Promise<IndexClient> | undefined;
    return (interpreter: Interpreter) => {
      if (index === undefined) {
        index = openIndex(owner(), interpreter);
        indexes.push(index);
      }
      return index;
    };
  };

  const basis = new BasisRecorder();
  for (const file of settings.configFiles) basis.readFile(file);
  const tool: Tool = {
    settings,
    signal,
    onEvent,
    basis,
    store: async () => (await openOnce()).store,
    storeDir: async () => (await openOnce()).dir,
    interpreter(request) {
      const key = request ?? '';
      const known =
        interpreters.get(key) ??
        tool
          .store()
          .then((opened) => findInterpreter(request, { searchPath: settings.searchPath, cache: opened.facts }));
      interpreters.set(key, known);
      return known;
    },
    environment: (explicit) => findEnvironment(wherePeopleMean(settings, explicit)),
    environmentDir: (explicit) => findEnvironmentDir(wherePeopleMean(settings, explicit)).dir,
    index: rememberIndex(() => tool),
    remote() {
      const { remote: named } = settings;
      if (named === undefined) return noRemote;
      if (sharedRemote !== undefined) return sharedRemote();
      // Loaded late: a command without a remote pays nothing for it.
      remote ??= import('./open-remote.ts').then(({ openToolRemote }) => openToolRemote(named, onEvent, signal));
      return remote;
    },
    withIndex(index) {
      const other: Tool = { ...tool, settings: { ...settings, index }, index: rememberIndex(() => other) };
      return other;
    },
    withSignal(own) {
      const both = signal === undefined ? own : AbortSignal.any([signal, own]);
      const openOwn = async (aborting: AbortSignal | undefined) => {
        // A handle of its own on the directory that this tool's store is in, for a handle's waits have one signal.
        const dir = await tool.storeDir();
        return openUsableStore(
          { ...settings, storeDir: dir, storeOrigin: 'named' },
          { lockTimeoutMs: settings.lockTimeoutMs, signal: aborting, onEvent: (told) => tell(told, onEvent) },
          onEvent,
        );
      };
      return createTool(settings, both, onEvent, openOwn, tool.remote);
    },
    async close() {
      const cache = await remote?.catch(() => undefined);
      if (cache !== undefined) {
        const { closeToolRemote } = await import('./open-remote.ts');
        await closeToolRemote(cache, (await usable?.catch(() => undefined))?.store, onEvent);
      }
      const opened = await Promise.allSettled([...indexes, usable]);
      for (const result of opened) if (result.status === 'fulfilled') await result.value?.close();
    },
    [Symbol.asyncDispose]: () => tool.close(),
  };
  return tool;
}

const noRemote = Promise.resolve(undefined);

function wherePeopleMean(
  { workingDir, virtualEnv, condaPrefix }: Settings,
  explicit: string | undefined,
): FindEnvironmentOptions {
  return {
    explicit: explicit === undefined ? undefined : path.resolve(workingDir, explicit),
    virtualEnv,
    condaPrefix,
    workingDir,
  };
}

function tell(told: StoreEvent, onEvent: OnEvent): void {
  if (told.type === 'waiting') onEvent({ event: 'waiting', path: told.key, holder: describeHolder(told.holder) });
}

async function openIndex(tool: Tool, interpreter: Interpreter): Promise<IndexClient> {
  const { index } = tool.settings;
  checkIndex(index);
  const store = await tool.store();
  // Loaded late: the network's modules cost more than many a command's whole work.
  const { createIndexClient } = await import('@wheelwright/index-client');
  return createIndexClient({
    // The further indexes come first, as uv has it: they hold what the default index must not take over.
    indexUrls: index.noIndex ? [] : [...index.extraIndexUrls, ...(await indexUrlsOf(tool, interpreter, store))],
    strategy: index.strategy,
    findLinks: index.findLinks,
    noIndex: index.noIndex,
    cache: store.responses,
    trustedHosts: index.trustedHosts,
    certPath: index.certPath,
    proxyUrl: index.proxyUrl,
    netrcPath: tool.settings.netrcPath,
    askKeyring: index.keyring ? createKeyring(tool.settings.variables, tool.signal) : undefined,
    signal: tool.signal,
    onEvent(event) {
      if (event.type !== 'newer-api') return;
      const text = `${event.index} uses version ${event.version} of the index API: what is new in it is not read`;
      tool.onEvent({ event: 'warning', text });
    },
  });
}

async function indexUrlsOf(tool: Tool, interpreter: Interpreter, store: Store): Promise<readonly string[]> {
  const { index } = tool.settings;
  if (index.indexUrls.length > 0) return index.indexUrls;
  const fallback = await readDefaultIndexUrl(interpreter, { cache: store.facts });
  if (fallback !== undefined) return [fallback];
  if (index.findLinks.length > 0 || index.extraIndexUrls.length > 0) return [];
  throw new WheelwrightError(
    'WHEELWRIGHT_NO_INDEX',
    `No index is set, and the pip of ${interpreter.executable} states no default.`,
    {
      hint: 'Set WHEELWRIGHT_INDEX_URL, or pass --index-url, --find-links or --no-index.',
    },
  );
}

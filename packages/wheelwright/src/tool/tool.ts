// The tool: settings, store, interpreters and index, which all commands share. Each is opened on first use; all are
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
import { indexProxyFor } from './proxy-settings.ts';
import type { IndexSettings, Settings } from './settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** An open tool. Close it (or use `await using`) to release the store's lease and the connections to the index. */
export interface Tool extends AsyncDisposable {
  /** The settings that it was opened with. */
  readonly settings: Settings;
  /** Ends every call. */
  readonly signal: AbortSignal | undefined;
  /** Receives each event as it happens. */
  readonly onEvent: OnEvent;
  /** What the results of this tool's calls depend on. */
  readonly basis: BasisRecorder;
  /** Opens the store on the first call. */
  store(): Promise<Store>;
  /** The directory of the open store: that of the settings, or a temporary one if no other can be used. */
  storeDir(): Promise<string>;
  /** Finds an interpreter by path, name or version; without a request, the first on the search path. */
  interpreter(request?: string): Promise<Interpreter>;
  /** Finds an environment: the named one, else the active one, else `.venv` in this directory or one above. */
  environment(explicit?: string): Environment;
  /** Finds the directory of an environment, even if the environment is damaged. */
  environmentDir(explicit?: string): string;
  /** Opens the indexes and find-links locations of the settings, else the default index of the interpreter's pip. */
  index(interpreter: Interpreter): Promise<IndexClient>;
  /** Opens the remote cache on the first call; undefined if none is configured or its settings are wrong. */
  remote(): Promise<RemoteCache | undefined>;
  /** This tool with other indexes. It shares everything else with this tool and is closed with it. */
  withIndex(index: IndexSettings): Tool;
  /** This tool for one call, which `signal` also ends. Its waits and requests are its own; closing it ends them. */
  withSignal(signal: AbortSignal): Tool;
  /** Releases the lease on the store and the connections. Later calls fail. */
  close(): Promise<void>;
}

/** The signal and the event handler of a tool. */
export interface OpenToolOptions {
  /** Ends every call of the tool. */
  readonly signal?: AbortSignal | undefined;
  /** Receives each event as it happens. */
  readonly onEvent?: OnEvent | undefined;
}

/** Opens a tool with these settings. It reads and writes nothing until a command needs it. */
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
  // Every wait and every request listens to this signal, so many listeners are not a leak.
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
      // Loaded late, so that a command without a remote does not pay for it.
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
        // A second handle on the same store, since all waits of a handle share one signal.
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
  // Loaded late: the network modules take longer to load than many commands take to run.
  const { createIndexClient } = await import('@wheelwright/index-client');
  return createIndexClient({
    // Further indexes come first, as in uv: the default index must not take over their names.
    indexUrls: index.noIndex ? [] : [...index.extraIndexUrls, ...(await indexUrlsOf(tool, interpreter, store))],
    strategy: index.strategy,
    findLinks: index.findLinks,
    noIndex: index.noIndex,
    cache: store.responses,
    trustedHosts: index.trustedHosts,
    certPath: index.certPath,
    proxyFor: (url) => indexProxyFor(index.proxies, url),
    netrcPath: tool.settings.netrcPath,
    askKeyring: index.keyring
      ? createKeyring(tool.settings.variables, {
          signal: tool.signal,
          onTrouble: (why) => tool.onEvent({ event: 'warning', text: `${why}: indexes are asked without it` }),
        })
      : undefined,
    signal: tool.signal,
    onEvent(event) {
      if (event.type !== 'newer-api') return;
      const text = `${event.index} uses version ${event.version} of the index API; fields that are new in this version are ignored`;
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
    `No index is configured, and the pip of ${interpreter.executable} has no default index.`,
    {
      hint: 'Set WHEELWRIGHT_INDEX_URL, or pass --index-url, --find-links or --no-index.',
    },
  );
}

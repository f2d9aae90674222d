// The one place that reads the process's environment and its configuration files, once; everything below is passed down.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { parsePipConfig } from './pip-config.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** Where packages come from. `indexUrls` empty and `noIndex` false: the default of the interpreter's pip. */
export interface IndexSettings {
  readonly indexUrls: readonly string[];
  readonly extraIndexUrls: readonly string[];
  readonly findLinks: readonly string[];
  readonly noIndex: boolean;
  readonly certPath: string | undefined;
  readonly trustedHosts: readonly string[];
  readonly proxyUrl: string | undefined;
}

/** All that the tool takes from its surroundings. Directories are absolute. */
export interface Settings {
  readonly storeDir: string;
  /** Where environments of the layout `shared` keep what they share; no cache, and not below one. */
  readonly dataDir: string;
  readonly workingDir: string;
  readonly searchPath: string;
  readonly virtualEnv: string | undefined;
  readonly condaPrefix: string | undefined;
  readonly index: IndexSettings;
  readonly lockTimeoutMs: number;
  /** The process's environment, for `${NAME}` in requirements files. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The environment that build hooks start from: the process's own, index settings and credentials left out. */
  readonly hookEnvironment: Readonly<Record<string, string>>;
}

/** What a command line or an embedder may set; each wins over the environment. */
export interface SettingsOptions {
  readonly storeDir?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly indexUrl?: string | undefined;
  readonly extraIndexUrls?: readonly string[] | undefined;
  readonly findLinks?: readonly string[] | undefined;
  readonly noIndex?: boolean | undefined;
  readonly certPath?: string | undefined;
  readonly trustedHosts?: readonly string[] | undefined;
  readonly lockTimeoutMs?: number | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Settings from options, then the environment, then pip's configuration files.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where a variable holds nonsense.
 */
export function readSettings(options: SettingsOptions = {}, variables: Variables = process.env): Settings {
  const workingDir = path.resolve(options.workingDir ?? process.cwd());
  const home = variables.HOME ?? homedir();
  const cacheHome = variables.XDG_CACHE_HOME || path.join(home, '.cache');
  const dataHome = variables.XDG_DATA_HOME || path.join(home, '.local', 'share');
  return {
    storeDir: path.resolve(
      workingDir,
      options.storeDir ?? (variables.WHEELWRIGHT_STORE || path.join(cacheHome, 'wheelwright', 'store')),
    ),
    dataDir: path.resolve(
      workingDir,
      options.dataDir ?? (variables.WHEELWRIGHT_DATA || path.join(dataHome, 'wheelwright')),
    ),
    workingDir,
    searchPath: variables.PATH ?? '',
    virtualEnv: variables.VIRTUAL_ENV || undefined,
    condaPrefix: variables.CONDA_PREFIX || undefined,
    index: readIndexSettings(options, variables, home, workingDir),
    lockTimeoutMs:
      options.lockTimeoutMs ?? readSeconds(variables.WHEELWRIGHT_LOCK_TIMEOUT, 'WHEELWRIGHT_LOCK_TIMEOUT') ?? 300_000,
    variables,
    hookEnvironment: withoutIndexSettings(variables),
  };
}

function readIndexSettings(
  options: SettingsOptions,
  variables: Variables,
  home: string,
  workingDir: string,
): IndexSettings {
  const config = readPipConfigs(variables, home);
  const first = (...values: readonly (string | undefined)[]) =>
    values.find((value) => value !== undefined && value !== '');
  const words = (text: string | undefined) => (text ?? '').split(/\s+/).filter((word) => word !== '');
  const indexUrl = first(
    options.indexUrl,
    variables.WHEELWRIGHT_INDEX_URL,
    variables.PIP_INDEX_URL,
    variables.UV_DEFAULT_INDEX,
    variables.UV_INDEX_URL,
    config.get('index-url'),
  );
  return {
    indexUrls: indexUrl === undefined ? [] : [indexUrl],
    extraIndexUrls:
      options.extraIndexUrls ??
      words(first(variables.PIP_EXTRA_INDEX_URL, variables.UV_EXTRA_INDEX_URL, config.get('extra-index-url'))),
    findLinks: (
      options.findLinks ?? words(first(variables.PIP_FIND_LINKS, variables.UV_FIND_LINKS, config.get('find-links')))
    ).map((link) => (isUrl(link) ? link : path.resolve(workingDir, link))),
    noIndex: options.noIndex ?? isTrue(first(variables.PIP_NO_INDEX, variables.UV_NO_INDEX, config.get('no-index'))),
    certPath: first(options.certPath, variables.PIP_CERT, variables.SSL_CERT_FILE, config.get('cert')),
    trustedHosts: options.trustedHosts ?? words(first(variables.PIP_TRUSTED_HOST, config.get('trusted-host'))),
    proxyUrl: first(
      variables.PIP_PROXY,
      variables.https_proxy,
      variables.HTTPS_PROXY,
      variables.http_proxy,
      variables.HTTP_PROXY,
      variables.all_proxy,
      variables.ALL_PROXY,
      config.get('proxy'),
    ),
  };
}

/** pip.conf of the machine, the user and PIP_CONFIG_FILE, later ones winning; `[install]` wins over `[global]`. */
function readPipConfigs(variables: Variables, home: string): ReadonlyMap<string, string> {
  const explicit = variables.PIP_CONFIG_FILE;
  const files =
    explicit === '/dev/null'
      ? []
      : [
          '/etc/pip.conf',
          path.join(home, '.pip', 'pip.conf'),
          path.join(variables.XDG_CONFIG_HOME || path.join(home, '.config'), 'pip', 'pip.conf'),
          ...(variables.VIRTUAL_ENV ? [path.join(variables.VIRTUAL_ENV, 'pip.conf')] : []),
          ...(explicit ? [explicit] : []),
        ];
  const merged = new Map<string, string>();
  for (const file of files.filter((candidate) => existsSync(candidate))) {
    const sections = parsePipConfig(readFileSync(file, 'utf8'));
    for (const name of ['global', 'install'])
      for (const [key, value] of sections.get(name) ?? []) merged.set(key, value);
  }
  return merged;
}

const indexVariable = /^(PIP|UV|WHEELWRIGHT|TWINE|FLIT|POETRY|HATCH_INDEX)_/;

function withoutIndexSettings(variables: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !indexVariable.test(entry[0]),
    ),
  );
}

function readSeconds(text: string | undefined, name: string): number | undefined {
  if (text === undefined || text === '') return undefined;
  const seconds = Number(text);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new WheelwrightError('WHEELWRIGHT_USAGE', `${name} is ${text}, not a number of seconds.`);
  return seconds * 1000;
}

/** Whether `text` names something by URL and not by path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && !['', '0', 'false', 'no', 'off', 'n', 'f'].includes(text.toLowerCase());
}

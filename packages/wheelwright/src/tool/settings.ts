// The one place that reads the process's environment and its configuration files, once; everything below is passed down.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IndexStrategy } from '@wheelwright/index-client';
import { parsePipConfig } from './pip-config.ts';
import { readPlaces, type StoreOrigin, type Variables } from './places.ts';
import { isRemoteCredential, type RemoteOptions, type RemoteSettings, readRemoteSettings } from './remote-settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** Where packages come from. `indexUrls` empty and `noIndex` false: the default of the interpreter's pip. */
export interface IndexSettings {
  /** Simple indexes (PEP 503, 691), asked in this order. */
  readonly indexUrls: readonly string[];
  /** Asked after those. */
  readonly extraIndexUrls: readonly string[];
  /** Directories (absolute) and URLs of pages or files that link to artifacts. */
  readonly findLinks: readonly string[];
  /** Only `findLinks` is asked. */
  readonly noIndex: boolean;
  /** Which of several indexes count for a name; default `first-index`. */
  readonly strategy?: IndexStrategy | undefined;
  /** Certificates in PEM to trust instead of the usual ones. */
  readonly certPath: string | undefined;
  /** Hosts (`name` or `name:port`) whose certificate is not checked. */
  readonly trustedHosts: readonly string[];
  /** The proxy for every request; undefined: none. */
  readonly proxyUrl: string | undefined;
  /** Ask the program `keyring` where a server wants credentials that nothing else has. */
  readonly keyring: boolean;
  /** The option, variable or file that named a value, for what is said against it. */
  readonly namedBy: Readonly<Record<string, string>>;
}

/** All that the tool takes from its surroundings. Directories are absolute. */
export interface Settings {
  /** The home directory; undefined where HOME is unset, empty or relative. */
  readonly home: string | undefined;
  /** Where the store is, as it was named or as the user's caches have it. */
  readonly storeDir: string;
  /** What named `storeDir`; a store of the origin `run` is removed when the tool is closed. */
  readonly storeOrigin: StoreOrigin;
  /** Where environments of the layout `shared` keep what they share; no cache, and not below one. undefined: no HOME. */
  readonly dataDir: string | undefined;
  /** What relative paths are relative to. */
  readonly workingDir: string;
  /** The variable PATH, for interpreters and programs. */
  readonly searchPath: string;
  /** The variable VIRTUAL_ENV: the active environment. */
  readonly virtualEnv: string | undefined;
  /** The variable CONDA_PREFIX. */
  readonly condaPrefix: string | undefined;
  /** Where packages come from. */
  readonly index: IndexSettings;
  /** pip's configuration files that were read or looked for, absolute. */
  readonly configFiles: readonly string[];
  /** How long a lock is waited for, in ms. */
  readonly lockTimeoutMs: number;
  /** The file of credentials by host; it need not be there. */
  readonly netrcPath: string | undefined;
  /** Constraints files for what builds require, absolute. */
  readonly buildConstraintFiles: readonly string[];
  /** The cache of many machines; undefined where none is named. */
  readonly remote: RemoteSettings | undefined;
  /** The process's environment, for `${NAME}` in requirements files. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The environment that build hooks start from: the process's own, index settings and credentials left out. */
  readonly hookEnvironment: Readonly<Record<string, string>>;
}

/** What a command line or an embedder may set; each wins over the environment. */
export interface SettingsOptions extends RemoteOptions {
  /** Relative to `workingDir`; wins over WHEELWRIGHT_STORE. */
  readonly storeDir?: string | undefined;
  /** Relative to `workingDir`; wins over WHEELWRIGHT_DATA. */
  readonly dataDir?: string | undefined;
  /** Absolute; the working directory of the process by default. */
  readonly workingDir?: string | undefined;
  /** The index, instead of the one that variables or files name. */
  readonly indexUrl?: string | undefined;
  /** Instead of those that variables or files name. */
  readonly extraIndexUrls?: readonly string[] | undefined;
  /** Directories, pages or URLs, instead of those that variables or files name. */
  readonly findLinks?: readonly string[] | undefined;
  /** Ask no index. */
  readonly noIndex?: boolean | undefined;
  /** Whether the first index that has a name answers for it, or all of them. */
  readonly indexStrategy?: IndexStrategy | undefined;
  /** Certificates in PEM. */
  readonly certPath?: string | undefined;
  /** Hosts whose certificate is not checked. */
  readonly trustedHosts?: readonly string[] | undefined;
  /** `subprocess`: ask the program `keyring`. `disabled` (default): do not. */
  readonly keyringProvider?: string | undefined;
  /** In ms; 300,000 by default. */
  readonly lockTimeoutMs?: number | undefined;
  /** Constraints on what build environments hold: paths or URLs. */
  readonly buildConstraintFiles?: readonly string[] | undefined;
}

/**
 * Settings from options, then the environment, then pip's configuration files.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where a variable holds nonsense.
 */
export function readSettings(options: SettingsOptions = {}, variables: Variables = process.env): Settings {
  const workingDir = path.resolve(options.workingDir ?? process.cwd());
  const places = readPlaces({ ...options, workingDir }, variables);
  const remoteWaitMs =
    options.remoteWaitMs ?? readSeconds(variables.WHEELWRIGHT_REMOTE_WAIT, 'WHEELWRIGHT_REMOTE_WAIT');
  const remote = readRemoteSettings(options, variables, places.home, remoteWaitMs);
  const configFiles = pipConfigFiles(variables, places.home);
  return {
    ...places,
    workingDir,
    searchPath: variables.PATH ?? '',
    virtualEnv: variables.VIRTUAL_ENV || undefined,
    condaPrefix: variables.CONDA_PREFIX || undefined,
    index: readIndexSettings(options, variables, readPipConfigs(configFiles), workingDir),
    configFiles: configFiles.map((file) => path.resolve(workingDir, file)),
    lockTimeoutMs:
      options.lockTimeoutMs ?? readSeconds(variables.WHEELWRIGHT_LOCK_TIMEOUT, 'WHEELWRIGHT_LOCK_TIMEOUT') ?? 300_000,
    netrcPath: variables.NETRC || (places.home === undefined ? undefined : path.join(places.home, '.netrc')),
    buildConstraintFiles: readBuildConstraintFiles(options, variables, workingDir),
    remote,
    variables,
    hookEnvironment: withoutCredentials(variables, remote?.url.startsWith('s3:') === true),
  };
}

function readIndexSettings(
  options: SettingsOptions,
  variables: Variables,
  config: ReadonlyMap<string, string>,
  workingDir: string,
): IndexSettings {
  const namedBy: Record<string, string> = {};
  const first = (option: readonly [name: string, value: string | undefined], names: readonly string[], key: string) => {
    const given = [
      option,
      ...names.map((name) => [name, variables[name]] as const),
      [`pip's configuration`, config.get(key)] as const,
    ];
    const [name, value] = given.find(([, one]) => one !== undefined && one !== '') ?? [];
    for (const word of value === undefined ? [] : [value, ...words(value)]) namedBy[word] = name!;
    return value;
  };
  const none = ['', undefined] as const;
  const several = (name: string, values: readonly string[] | undefined, names: readonly string[], key: string) => {
    for (const value of values ?? []) namedBy[value] = name;
    return values ?? words(first(none, names, key));
  };
  const indexNames = ['WHEELWRIGHT_INDEX_URL', 'PIP_INDEX_URL', 'UV_DEFAULT_INDEX', 'UV_INDEX_URL'];
  const indexUrl = first(['--index-url', options.indexUrl], indexNames, 'index-url');
  const links = several('--find-links', options.findLinks, ['PIP_FIND_LINKS', 'UV_FIND_LINKS'], 'find-links');
  const extraNames = ['PIP_EXTRA_INDEX_URL', 'UV_EXTRA_INDEX_URL'];
  const proxyNames = [
    'PIP_PROXY',
    ...['https_proxy', 'http_proxy', 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]),
  ];
  return {
    indexUrls: indexUrl === undefined ? [] : [indexUrl],
    extraIndexUrls: several('--extra-index-url', options.extraIndexUrls, extraNames, 'extra-index-url'),
    findLinks: links.map((link) => (isUrl(link) ? link : path.resolve(workingDir, link))),
    noIndex: options.noIndex ?? isTrue(first(none, ['PIP_NO_INDEX', 'UV_NO_INDEX'], 'no-index')),
    strategy: readStrategy(
      first(
        ['--index-strategy', options.indexStrategy],
        ['WHEELWRIGHT_INDEX_STRATEGY', 'UV_INDEX_STRATEGY'],
        'index-strategy',
      ),
    ),
    certPath: first(['--cert', options.certPath], ['PIP_CERT', 'SSL_CERT_FILE'], 'cert'),
    trustedHosts: several('--trusted-host', options.trustedHosts, ['PIP_TRUSTED_HOST'], 'trusted-host'),
    proxyUrl: first(none, proxyNames, 'proxy'),
    keyring: usesKeyring(first(['--keyring-provider', options.keyringProvider], keyringNames, 'keyring-provider')),
    namedBy,
  };
}

function readStrategy(text: string | undefined): IndexStrategy | undefined {
  if (text === undefined || text === 'first-index' || text === 'unsafe-best-match') return text;
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `The index strategy is ${text}, which is not known.`, {
    hint: 'It is first-index or unsafe-best-match.',
  });
}

const keyringNames = ['PIP_KEYRING_PROVIDER', 'UV_KEYRING_PROVIDER'];

function usesKeyring(provider: string | undefined): boolean {
  if (provider === undefined || provider === 'disabled' || provider === 'auto') return false;
  if (provider === 'subprocess' || provider === 'import') return true;
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `The keyring provider is ${provider}, which is not known.`, {
    hint: 'It is subprocess or disabled.',
  });
}

/** pip lets the constraints of an installation hold for its builds too, unless builds have their own. */
const buildConstraintNames = ['PIP_BUILD_CONSTRAINT', 'UV_BUILD_CONSTRAINT', 'PIP_CONSTRAINT'];

function readBuildConstraintFiles(
  { buildConstraintFiles }: SettingsOptions,
  variables: Variables,
  workingDir: string,
): readonly string[] {
  const stated = buildConstraintNames.map((name) => words(variables[name])).find((files) => files.length > 0);
  return (buildConstraintFiles ?? stated ?? []).map((file) => (isUrl(file) ? file : path.resolve(workingDir, file)));
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/** pip.conf of the machine, the user and PIP_CONFIG_FILE, later ones winning; `[install]` wins over `[global]`. */
function pipConfigFiles(variables: Variables, home: string | undefined): string[] {
  const explicit = variables.PIP_CONFIG_FILE;
  // As pip does, a relative XDG_CONFIG_HOME is taken from the working directory.
  const configHome = variables.XDG_CONFIG_HOME || (home === undefined ? undefined : path.join(home, '.config'));
  return explicit === '/dev/null'
    ? []
    : [
        '/etc/pip.conf',
        ...(home === undefined ? [] : [path.join(home, '.pip', 'pip.conf')]),
        ...(configHome === undefined ? [] : [path.join(configHome, 'pip', 'pip.conf')]),
        ...(variables.VIRTUAL_ENV ? [path.join(variables.VIRTUAL_ENV, 'pip.conf')] : []),
        ...(explicit ? [explicit] : []),
      ];
}

function readPipConfigs(files: readonly string[]): ReadonlyMap<string, string> {
  const merged = new Map<string, string>();
  for (const file of files.filter((candidate) => existsSync(candidate))) {
    const sections = parsePipConfig(readFileSync(file, 'utf8'));
    for (const name of ['global', 'install'])
      for (const [key, value] of sections.get(name) ?? []) merged.set(key, value);
  }
  return merged;
}

const indexVariable = /^(PIP|UV|WHEELWRIGHT|TWINE|FLIT|POETRY|HATCH_INDEX)_/;

function withoutCredentials(variables: Variables, hasS3: boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] =>
        entry[1] !== undefined && !indexVariable.test(entry[0]) && !(hasS3 && isRemoteCredential(entry[0])),
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

// Reads environment variables and configuration files, once. No other file reads them; they get the settings as arguments.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { IndexStrategy } from '@wheelwright/index-client';
import { parsePipConfig } from './pip-config.ts';
import { readPlaces, type StoreOrigin, type Variables } from './places.ts';
import { type ProxySettings, readProxies } from './proxy-settings.ts';
import { isRemoteCredential, type RemoteOptions, type RemoteSettings, readRemoteSettings } from './remote-settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** Where packages come from. If `indexUrls` is empty and `noIndex` false, the default index of the interpreter's pip counts. */
export interface IndexSettings {
  /** Simple indexes (PEP 503, 691), asked in this order. */
  readonly indexUrls: readonly string[];
  /** Further indexes, asked before `indexUrls`. */
  readonly extraIndexUrls: readonly string[];
  /** Directories (absolute) and URLs of pages or files that link to artifacts. */
  readonly findLinks: readonly string[];
  /** If true, only `findLinks` is used. */
  readonly noIndex: boolean;
  /** Which of several indexes count for a name; default `first-index`. */
  readonly strategy?: IndexStrategy | undefined;
  /** Certificates in PEM to trust instead of the usual ones. */
  readonly certPath: string | undefined;
  /** Hosts (`name` or `name:port`) whose certificate is not checked. */
  readonly trustedHosts: readonly string[];
  /** The proxies of requests. */
  readonly proxies: ProxySettings;
  /** Ask the program `keyring` if a server demands credentials that no other source has. */
  readonly keyring: boolean;
  /** The option, variable or file that each value comes from, for error messages. */
  readonly namedBy: Readonly<Record<string, string>>;
}

/** Everything that the tool reads from its surroundings. Directories are absolute. */
export interface Settings {
  /** The home directory; undefined if HOME is unset, empty or relative. */
  readonly home: string | undefined;
  /** The directory of the store. */
  readonly storeDir: string;
  /** What chose `storeDir`. A store of origin `run` is removed when the tool is closed. */
  readonly storeOrigin: StoreOrigin;
  /** The directory of shared generations, outside of any cache; undefined without HOME. */
  readonly dataDir: string | undefined;
  /** The base of relative paths. */
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
  /** How long to wait for a lock, in ms. */
  readonly lockTimeoutMs: number;
  /** The netrc file, which may be missing. */
  readonly netrcPath: string | undefined;
  /** Constraints files for build requirements, absolute. */
  readonly buildConstraintFiles: readonly string[];
  /** The remote cache; undefined if none is configured. */
  readonly remote: RemoteSettings | undefined;
  /** The process's environment, for `${NAME}` in requirements files. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** The variables of build hooks: the process's own, without index settings and credentials. */
  readonly hookEnvironment: Readonly<Record<string, string>>;
}

/** Options of a command line or an embedder. Each wins over the environment. */
export interface SettingsOptions extends RemoteOptions {
  /** Relative to `workingDir`; wins over WHEELWRIGHT_STORE. */
  readonly storeDir?: string | undefined;
  /** Relative to `workingDir`; wins over WHEELWRIGHT_DATA. */
  readonly dataDir?: string | undefined;
  /** Absolute; the working directory of the process by default. */
  readonly workingDir?: string | undefined;
  /** The index. Replaces the one that variables or files name. */
  readonly indexUrl?: string | undefined;
  /** Further indexes. Replaces those that variables or files name. */
  readonly extraIndexUrls?: readonly string[] | undefined;
  /** Directories, pages or URLs. Replaces those that variables or files name. */
  readonly findLinks?: readonly string[] | undefined;
  /** Use no index. */
  readonly noIndex?: boolean | undefined;
  /** Whether only the first index that has a name counts, or all of them. */
  readonly indexStrategy?: IndexStrategy | undefined;
  /** Certificates in PEM. */
  readonly certPath?: string | undefined;
  /** Hosts whose certificate is not checked. */
  readonly trustedHosts?: readonly string[] | undefined;
  /** `subprocess`: ask the program `keyring`. `disabled` (default): do not ask. */
  readonly keyringProvider?: string | undefined;
  /** In ms; 300,000 by default. */
  readonly lockTimeoutMs?: number | undefined;
  /** Constraints for build environments: paths or URLs. */
  readonly buildConstraintFiles?: readonly string[] | undefined;
}

/**
 * Settings from options, then the environment, then pip's configuration files.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if a variable has an invalid value.
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
  const pipProxy = first(none, ['PIP_PROXY'], 'proxy');
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
    certPath: first(['--cert', options.certPath], ['PIP_CERT'], 'cert') ?? first(none, certificateNames, ''),
    trustedHosts: several('--trusted-host', options.trustedHosts, ['PIP_TRUSTED_HOST'], 'trusted-host'),
    proxies: readProxies(
      variables,
      pipProxy === undefined ? undefined : { url: pipProxy, namedBy: namedBy[pipProxy]! },
    ),
    keyring: usesKeyring(first(['--keyring-provider', options.keyringProvider], keyringNames, 'keyring-provider')),
    namedBy,
  };
}

/** What other programs take certificates from, weaker than all that is meant for pip. */
const certificateNames = ['SSL_CERT_FILE', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'];

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
  throw new WheelwrightError('WHEELWRIGHT_USAGE', `${provider} is not a keyring provider.`, {
    hint: 'It is subprocess or disabled.',
  });
}

/** As in pip, the constraints of an installation also apply to its builds, unless builds have their own. */
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

/** pip.conf of the machine, of the user and PIP_CONFIG_FILE. Later files win; `[install]` wins over `[global]`. */
function pipConfigFiles(variables: Variables, home: string | undefined): string[] {
  const explicit = variables.PIP_CONFIG_FILE;
  // As in pip, a relative XDG_CONFIG_HOME is relative to the working directory.
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

/** Whether `text` is a URL and not a path. */
export function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(text);
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && !['', '0', 'false', 'no', 'off', 'n', 'f'].includes(text.toLowerCase());
}

// What the options and the environment say of a remote. Nothing here is checked that the remote itself checks: a wrong
// address is reported when the remote is opened, and ends no command.
import path from 'node:path';
import { WheelwrightError } from './wheelwright-error.ts';

/** What this machine may do with the remote. */
export type RemoteMode = 'read' | 'write' | 'write-untrusted';

/** What a command line or an embedder may say of the remote. */
export interface RemoteOptions {
  /** The address of a cache of many machines; false: none, whatever the environment names. */
  readonly remote?: string | false | undefined;
  /** Whether a remote that cannot be used is an error. */
  readonly remoteRequired?: boolean | undefined;
  /** How long to wait for another machine that builds the same, in ms. */
  readonly remoteWaitMs?: number | undefined;
  /** Distributions whose builds are not shared over the remote. */
  readonly remoteExcluded?: readonly string[] | undefined;
}

/** A cache of many machines, as the settings name it. */
export interface RemoteSettings {
  /** `s3://bucket/prefix?…`, or the base URL of an HTTP cache, which may hold a password. */
  readonly url: string;
  /** `read`: no write is ever sent. `write-untrusted`: writes go below `pr/<id>/`, where no trusted machine reads. */
  readonly mode: RemoteMode;
  /** Names the writes of a machine that is not trusted. */
  readonly untrustedId: string | undefined;
  /** `<id>:<base64>`: signs what this machine builds. */
  readonly signingKey: string | undefined;
  /** `<id>:<base64>` each: whose builds are used. */
  readonly trustedKeys: readonly string[];
  /** A remote that cannot be used ends the command at its start. */
  readonly required: boolean;
  /** How long to wait for another machine that builds the same, in ms. */
  readonly waitMs: number | undefined;
  /** Goes into every build key: what builds link to and no key names, an image's digest for instance. */
  readonly salt: string | undefined;
  /** Distributions whose builds are not shared. */
  readonly excluded: readonly string[];
  /** Where the S3 keys come from. */
  readonly aws: AwsSettings;
  /** A proxy for the remote; undefined where none is set or the host is excepted. */
  readonly proxyUrl: string | undefined;
  /** A file of certificates to trust instead of the usual ones. */
  readonly certPath: string | undefined;
}

/** Credentials and places of an S3 engine, as the SDKs of AWS read them. */
export interface AwsSettings {
  /** `AWS_ACCESS_KEY_ID`, which signs only with its secret. */
  readonly accessKeyId: string | undefined;
  /** `AWS_SECRET_ACCESS_KEY`. */
  readonly secretAccessKey: string | undefined;
  /** `AWS_SESSION_TOKEN`. */
  readonly sessionToken: string | undefined;
  /** `AWS_PROFILE`; `default` without one. */
  readonly profile: string;
  /** `AWS_REGION` or `AWS_DEFAULT_REGION`. */
  readonly region: string | undefined;
  /** `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL`. */
  readonly endpoint: string | undefined;
  /** The file that holds profiles with keys. */
  readonly credentialsPath: string | undefined;
  /** The file that holds profiles with regions. */
  readonly configPath: string | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * The remote that is named, or undefined where none is.
 * @throws WheelwrightError WHEELWRIGHT_USAGE where a mode is none, or one that lacks its name.
 */
export function readRemoteSettings(
  options: RemoteOptions,
  variables: Variables,
  home: string | undefined,
  waitMs: number | undefined,
): RemoteSettings | undefined {
  if (options.remote === false) return undefined;
  const url = options.remote ?? variables.WHEELWRIGHT_REMOTE;
  if (url === undefined || url === '') return undefined;
  const mode = variables.WHEELWRIGHT_REMOTE_MODE || 'read';
  if (mode !== 'read' && mode !== 'write' && mode !== 'write-untrusted')
    throw usage(`WHEELWRIGHT_REMOTE_MODE is ${mode}, not read, write or write-untrusted.`);
  const untrustedId = variables.WHEELWRIGHT_REMOTE_UNTRUSTED_ID || undefined;
  if (mode === 'write-untrusted' && !/^[\w.-]{1,100}$/.test(untrustedId ?? ''))
    throw usage(
      'WHEELWRIGHT_REMOTE_MODE is write-untrusted, and WHEELWRIGHT_REMOTE_UNTRUSTED_ID names no place to write to.',
    );
  return {
    url,
    mode,
    untrustedId,
    signingKey: variables.WHEELWRIGHT_REMOTE_SIGNING_KEY || undefined,
    trustedKeys: (variables.WHEELWRIGHT_REMOTE_TRUSTED_KEYS ?? '').split(/[\s,]+/).filter((key) => key !== ''),
    required: options.remoteRequired === true,
    waitMs,
    salt: variables.WHEELWRIGHT_REMOTE_SALT || undefined,
    excluded: options.remoteExcluded ?? [],
    aws: readAws(variables, home),
    proxyUrl: proxyFor(url, variables),
    certPath: variables.AWS_CA_BUNDLE || undefined,
  };
}

/** The variables that give credentials of an S3 engine, or lead to them. */
const awsVariable =
  /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|SHARED_CREDENTIALS_FILE|CONFIG_FILE|WEB_IDENTITY_TOKEN_FILE|ROLE_ARN|ROLE_SESSION_NAME|CONTAINER_\w+)$/;

/** Whether `name` is a variable that no hook gets when a remote on S3 is set: with it a hook could write to the remote. */
export function isRemoteCredential(name: string): boolean {
  return awsVariable.test(name);
}

function readAws(variables: Variables, home: string | undefined): AwsSettings {
  const below = (name: string) => (home === undefined ? undefined : path.join(home, '.aws', name));
  return {
    accessKeyId: variables.AWS_ACCESS_KEY_ID || undefined,
    secretAccessKey: variables.AWS_SECRET_ACCESS_KEY || undefined,
    sessionToken: variables.AWS_SESSION_TOKEN || undefined,
    profile: variables.AWS_PROFILE || 'default',
    region: variables.AWS_REGION || variables.AWS_DEFAULT_REGION || undefined,
    endpoint: variables.AWS_ENDPOINT_URL_S3 || variables.AWS_ENDPOINT_URL || undefined,
    credentialsPath: variables.AWS_SHARED_CREDENTIALS_FILE || below('credentials'),
    configPath: variables.AWS_CONFIG_FILE || below('config'),
  };
}

/** The proxy of the environment, unless `no_proxy` excepts the host of the remote. */
function proxyFor(url: string, variables: Variables): string | undefined {
  const get = (name: string) => variables[name] || variables[name.toUpperCase()] || undefined;
  const host = hostOf(url, variables);
  if (host === undefined) return undefined;
  const excepted = (get('no_proxy') ?? '').split(/[\s,]+/).filter((entry) => entry !== '');
  const isExcepted = excepted.some((entry) => {
    const name = entry.replace(/^\*?\./, '').replace(/:\d+$/, '');
    return entry === '*' || host.name === name || host.name.endsWith(`.${name}`);
  });
  if (isExcepted) return undefined;
  return (host.isSecure ? get('https_proxy') : get('http_proxy')) ?? get('all_proxy');
}

function hostOf(url: string, variables: Variables): { name: string; isSecure: boolean } | undefined {
  const place = !url.startsWith('s3:')
    ? url
    : (URL.canParse(url) ? new URL(url).searchParams.get('endpoint') : null) ||
      variables.AWS_ENDPOINT_URL_S3 ||
      variables.AWS_ENDPOINT_URL ||
      'https://s3.amazonaws.com';
  if (!URL.canParse(place)) return undefined;
  const { hostname, protocol } = new URL(place);
  return { name: hostname, isSecure: protocol === 'https:' };
}

function usage(message: string): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_USAGE', message);
}

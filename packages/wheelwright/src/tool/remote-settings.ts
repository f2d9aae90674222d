// Reads the settings of a remote from options and variables. It does not check the address: a wrong address is reported
// when the remote is opened, and does not end the command.
import path from 'node:path';
import { proxyFor, readProxies } from './proxy-settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** What this machine may do with the remote. */
export type RemoteMode = 'read' | 'write' | 'write-untrusted';

/** Options of a command line or an embedder for the remote. */
export interface RemoteOptions {
  /** The address of the remote; false turns it off, whatever the variables say. */
  readonly remote?: string | false | undefined;
  /** If true, a remote that cannot be used is an error. */
  readonly remoteRequired?: boolean | undefined;
  /** How long to wait for another machine that builds the same, in ms. */
  readonly remoteWaitMs?: number | undefined;
  /** Distributions whose builds are not shared over the remote. */
  readonly remoteExcluded?: readonly string[] | undefined;
}

/** The settings of a remote. */
export interface RemoteSettings {
  /** `s3://bucket/prefix?…`, or the base URL of an HTTP cache, which may hold a password. */
  readonly url: string;
  /** `read`: no write is ever sent. `write-untrusted`: writes go below `pr/<id>/`, where no trusted machine reads. */
  readonly mode: RemoteMode;
  /** Names the writes of a machine that is not trusted. */
  readonly untrustedId: string | undefined;
  /** `<id>:<base64>`: the key that signs the builds of this machine. */
  readonly signingKey: string | undefined;
  /** `<id>:<base64>` each: the keys whose builds this machine uses. */
  readonly trustedKeys: readonly string[];
  /** A remote that cannot be used ends the command at its start. */
  readonly required: boolean;
  /** How long to wait for another machine that builds the same, in ms. */
  readonly waitMs: number | undefined;
  /** Part of every build key. It stands for inputs that the key does not cover, such as the digest of a container image. */
  readonly salt: string | undefined;
  /** Distributions whose builds are not shared. */
  readonly excluded: readonly string[];
  /** The sources of S3 credentials. */
  readonly aws: AwsSettings;
  /** A proxy for the remote; undefined if none is set or `no_proxy` excludes the host. */
  readonly proxyUrl: string | undefined;
  /** A file of certificates to trust instead of the usual ones. */
  readonly certPath: string | undefined;
}

/** The AWS variables, as the AWS SDKs read them. */
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
 * The settings of the remote, or undefined if none is configured.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if the mode is unknown, or is `write-untrusted` without an id.
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
    throw usage('WHEELWRIGHT_REMOTE_MODE is write-untrusted, and WHEELWRIGHT_REMOTE_UNTRUSTED_ID is not set.');
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
    proxyUrl: remoteProxy(url, variables),
    certPath: variables.AWS_CA_BUNDLE || undefined,
  };
}

/** The variables that hold S3 credentials or point to them. */
const awsVariable =
  /^AWS_(?:ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|SHARED_CREDENTIALS_FILE|CONFIG_FILE|WEB_IDENTITY_TOKEN_FILE|ROLE_ARN|ROLE_SESSION_NAME|CONTAINER_\w+)$/;

/** Whether build hooks must not get the variable `name` if the remote is on S3: with it, a hook could write to the remote. */
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

/** The proxy that the variables name, unless `no_proxy` excludes the host of the remote. */
function remoteProxy(url: string, variables: Variables): string | undefined {
  const server = serverOf(url, variables);
  return server === undefined ? undefined : proxyFor(readProxies(variables), server);
}

function serverOf(url: string, variables: Variables): URL | undefined {
  const place = !url.startsWith('s3:')
    ? url
    : (URL.canParse(url) ? new URL(url).searchParams.get('endpoint') : null) ||
      variables.AWS_ENDPOINT_URL_S3 ||
      variables.AWS_ENDPOINT_URL ||
      'https://s3.amazonaws.com';
  return URL.canParse(place) ? new URL(place) : undefined;
}

function usage(message: string): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_USAGE', message);
}

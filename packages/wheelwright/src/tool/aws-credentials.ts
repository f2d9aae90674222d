// Finds the S3 credentials: in variables, else in the AWS profile, else with the AWS SDK (roles, single sign-on, a
// process). The SDK is loaded only in the last case, and only if it is installed.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { CredentialSource, Credentials } from '@wheelwright/remote-store';
import { parsePipConfig } from './pip-config.ts';
import type { AwsSettings } from './remote-settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** An optional peer dependency of 7 MB. Only credentials from a role need it. */
const providerPackage = '@aws-sdk/credential-provider-node';

/** Loads a package that may be absent. Tests pass their own. */
export type LoadPackage = (name: string) => unknown;

/** The source of credentials for these settings. The client calls it again when its credentials expire. */
export function awsCredentials(aws: AwsSettings, load: LoadPackage = loadInstalled): CredentialSource {
  if (aws.accessKeyId !== undefined && aws.secretAccessKey !== undefined) {
    const { accessKeyId, secretAccessKey, sessionToken } = aws;
    return () => ({ accessKeyId, secretAccessKey, sessionToken });
  }
  let provider: (() => Promise<Credentials>) | undefined;
  return async () => {
    // Read each time: the tool that renews the keys of a profile rewrites this file.
    const kept = profileOf(aws);
    if (kept !== undefined) return kept;
    provider ??= openProvider(aws, load);
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = await provider();
    return { accessKeyId, secretAccessKey, sessionToken, expiration };
  };
}

/** The region that the variables name, else that of the profile. */
export function awsRegion(aws: AwsSettings): string | undefined {
  return aws.region ?? sectionOf(aws.configPath, configName(aws.profile))?.get('region');
}

function profileOf(aws: AwsSettings): Credentials | undefined {
  for (const section of [
    sectionOf(aws.credentialsPath, aws.profile),
    sectionOf(aws.configPath, configName(aws.profile)),
  ]) {
    const accessKeyId = section?.get('aws-access-key-id');
    const secretAccessKey = section?.get('aws-secret-access-key');
    if (accessKeyId === undefined || secretAccessKey === undefined) continue;
    return { accessKeyId, secretAccessKey, sessionToken: section?.get('aws-session-token') };
  }
  return undefined;
}

function openProvider(aws: AwsSettings, load: LoadPackage): () => Promise<Credentials> {
  let loaded: unknown;
  try {
    loaded = load(providerPackage);
  } catch (cause) {
    throw new WheelwrightError('WHEELWRIGHT_USAGE', `The profile ${aws.profile} holds no keys for the remote.`, {
      hint: `Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or install ${providerPackage} beside this tool for roles and single sign-on.`,
      cause,
    });
  }
  const { defaultProvider } = loaded as { defaultProvider(options: object): () => Promise<Credentials> };
  return defaultProvider({ profile: aws.profile });
}

function configName(profile: string): string {
  return profile === 'default' ? profile : `profile ${profile}`;
}

function sectionOf(file: string | undefined, name: string): ReadonlyMap<string, string> | undefined {
  return file !== undefined && existsSync(file) ? parsePipConfig(readFileSync(file, 'utf8')).get(name) : undefined;
}

function loadInstalled(name: string): unknown {
  return createRequire(import.meta.url)(name);
}

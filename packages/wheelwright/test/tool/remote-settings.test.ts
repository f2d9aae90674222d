// What the environment says of a remote, and what of it no hook gets.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { awsCredentials, awsRegion } from '../../src/tool/aws-credentials.ts';
import type { RemoteOptions } from '../../src/tool/remote-settings.ts';
import { readSettings } from '../../src/tool/settings.ts';

const read = (variables: Readonly<Record<string, string>>, options: RemoteOptions = {}) =>
  readSettings(options, { HOME: '/none', PIP_CONFIG_FILE: '/dev/null', ...variables });

test('without an address there is no remote, and an option wins over the environment', () => {
  expect(read({}).remote).toBeUndefined();
  expect(read({ WHEELWRIGHT_REMOTE: '' }).remote).toBeUndefined();
  expect(read({ WHEELWRIGHT_REMOTE: 's3://b/x' }).remote).toMatchObject({ url: 's3://b/x', mode: 'read' });
  expect(read({ WHEELWRIGHT_REMOTE: 's3://b/x' }, { remote: 's3://c' }).remote?.url).toBe('s3://c');
  expect(read({ WHEELWRIGHT_REMOTE: 's3://b/x' }, { remote: false }).remote).toBeUndefined();
});

test('modes are three, and one of them wants a name', () => {
  const mode = (variables: Readonly<Record<string, string>>) => read({ WHEELWRIGHT_REMOTE: 's3://b', ...variables });
  expect(mode({ WHEELWRIGHT_REMOTE_MODE: 'write' }).remote?.mode).toBe('write');
  expect(() => mode({ WHEELWRIGHT_REMOTE_MODE: 'readwrite' })).toThrow(/not read, write or write-untrusted/);
  expect(() => mode({ WHEELWRIGHT_REMOTE_MODE: 'write-untrusted' })).toThrow(/UNTRUSTED_ID/);
  const named = { WHEELWRIGHT_REMOTE_MODE: 'write-untrusted', WHEELWRIGHT_REMOTE_UNTRUSTED_ID: 'pr-12' };
  expect(mode(named).remote).toMatchObject({ mode: 'write-untrusted', untrustedId: 'pr-12' });
  expect(() => mode({ ...named, WHEELWRIGHT_REMOTE_UNTRUSTED_ID: '../main' })).toThrow(/UNTRUSTED_ID/);
  expect(
    read({ WHEELWRIGHT_REMOTE: 's3://b', WHEELWRIGHT_REMOTE_TRUSTED_KEYS: 'a:1, b:2' }).remote?.trustedKeys,
  ).toEqual(['a:1', 'b:2']);
});

test('hooks get no credentials of the remote', () => {
  const secrets = {
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 'b',
    AWS_SESSION_TOKEN: 'c',
    AWS_PROFILE: 'd',
    AWS_WEB_IDENTITY_TOKEN_FILE: 'e',
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: 'f',
    WHEELWRIGHT_REMOTE_SIGNING_KEY: 'g',
  };
  const { hookEnvironment } = read({ ...secrets, WHEELWRIGHT_REMOTE: 's3://b', AWS_REGION: 'eu', PATH: '/bin' });
  expect(hookEnvironment).toEqual({ HOME: '/none', PATH: '/bin', AWS_REGION: 'eu' });
  // Where no remote is named, a build that talks to AWS by itself still can.
  expect(read({ AWS_PROFILE: 'd' }).hookEnvironment).toMatchObject({ AWS_PROFILE: 'd' });
});

test('a proxy is taken, unless the host of the remote is excepted', () => {
  const proxy = (url: string, variables: Readonly<Record<string, string>>) =>
    read({ WHEELWRIGHT_REMOTE: url, ...variables }).remote?.proxyUrl;
  const both = { https_proxy: 'http://s:1', HTTP_PROXY: 'http://p:1' };
  expect(proxy('s3://b', both)).toBe('http://s:1');
  expect(proxy('http://cache.corp/x', both)).toBe('http://p:1');
  expect(proxy('http://cache.corp/x', { ...both, no_proxy: 'localhost, .corp' })).toBeUndefined();
  expect(proxy('s3://b?endpoint=http://127.0.0.1:7070', { ...both, NO_PROXY: '127.0.0.1' })).toBeUndefined();
  expect(proxy('s3://b', { ...both, no_proxy: '*' })).toBeUndefined();
  expect(proxy('s3://b', { ...both, no_proxy: 'example' })).toBe('http://s:1');
});

test('keys come from the variables, else from the profile, else from the SDK', async () => {
  const home = temporaryDir();
  mkdirSync(path.join(home, '.aws'));
  const credentials =
    '[default]\naws_access_key_id = A\naws_secret_access_key = B\n\n[ci]\naws_access_key_id=C\naws_secret_access_key=D/e+f=\naws_session_token=T\n';
  writeFileSync(path.join(home, '.aws', 'credentials'), credentials);
  writeFileSync(
    path.join(home, '.aws', 'config'),
    '[default]\nregion = one\n[profile ci]\nregion = two\n[profile role]\nrole_arn = x\n',
  );
  const aws = (variables: Readonly<Record<string, string>>) =>
    read({ WHEELWRIGHT_REMOTE: 's3://b', ...variables, HOME: home }).remote!.aws;
  const keys = { AWS_ACCESS_KEY_ID: 'X', AWS_SECRET_ACCESS_KEY: 'Y' };
  expect(await awsCredentials(aws(keys))()).toMatchObject({ accessKeyId: 'X', secretAccessKey: 'Y' });
  expect(await awsCredentials(aws({}))()).toMatchObject({ accessKeyId: 'A', secretAccessKey: 'B' });
  expect(await awsCredentials(aws({ AWS_PROFILE: 'ci' }))()).toMatchObject({
    secretAccessKey: 'D/e+f=',
    sessionToken: 'T',
  });
  expect([awsRegion(aws({})), awsRegion(aws({ AWS_PROFILE: 'ci' })), awsRegion(aws({ AWS_REGION: 'three' }))]).toEqual([
    'one',
    'two',
    'three',
  ]);
  const asked: unknown[] = [];
  const provider = (options: object) => async () => {
    asked.push(options);
    return { accessKeyId: 'R', secretAccessKey: 'S', expiration: new Date(0) };
  };
  const fromSdk = awsCredentials(aws({ AWS_PROFILE: 'role' }), () => ({ defaultProvider: provider }));
  expect(await fromSdk()).toMatchObject({ accessKeyId: 'R', expiration: new Date(0) });
  expect(asked).toEqual([{ profile: 'role' }]);
  const absent = awsCredentials(aws({ AWS_PROFILE: 'role' }), () => {
    throw new Error('Cannot find module');
  });
  await expect(absent()).rejects.toMatchObject({ hint: expect.stringContaining('@aws-sdk/credential-provider-node') });
});

// Caches on the S3 of testkit, and what the tests of them share.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type S3Server, startS3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { onTestFinished } from 'vitest';
import {
  type BuildRecord,
  generateSigningKeys,
  openRemote,
  openRemoteCache,
  type RemoteCacheOptions,
  type RemoteEvent,
} from '../src/index.ts';
import { sha256Of } from './conformance.ts';

export const keys = generateSigningKeys('team');
export const stranger = generateSigningKeys('stranger');
export const buildKey = sha256Of('a build key');
export const quick = { renewMs: 50, ttlMs: 200, pollMs: [10, 20], waitMs: 2000 } as const;

export async function startServer(): Promise<S3Server> {
  const server = await startS3Server();
  onTestFinished(() => server.close());
  return server;
}

export function openCache(
  server: S3Server,
  options: RemoteCacheOptions & { writable?: boolean; prefix?: string } = {},
) {
  const events: RemoteEvent[] = [];
  const { writable = true, prefix = 'team', ...rest } = options;
  const remote = openRemote(`s3://bucket/${prefix}?endpoint=${server.origin}`, {
    writable,
    credentials: () => testUser,
    deadlines: { firstByteMs: 300, stallMs: 300 },
  });
  const cache = openRemoteCache(remote, { times: quick, onEvent: (event) => events.push(event), ...rest });
  return { cache, events };
}

export function file(content: string | Uint8Array, name = 'demo-1.0-py3-none-any.whl'): string {
  const target = path.join(temporaryDir(), name);
  writeFileSync(target, content);
  return target;
}

export const casPath = (sha256: string) => `bucket/team/v1/cas/${sha256.slice(0, 2)}/${sha256}`;
export const acPath = `bucket/team/v1/ac/${buildKey.slice(0, 2)}/${buildKey}`;

export async function build(
  server: S3Server,
  content: string,
  options: RemoteCacheOptions & { accepts?: (record: BuildRecord) => boolean; observed?: string } = {},
) {
  const { accepts, observed, ...rest } = options;
  const { cache, events } = openCache(server, { signingKey: keys.signingKey, ...rest });
  const result = await cache.withSharedBuild(buildKey, {
    targetDir: temporaryDir(),
    accepts,
    build: async () => ({ path: file(content), observed }),
  });
  await cache.close();
  return { from: result.from, content: readFileSync(result.path, 'utf8'), cache, events };
}

// A machine of a team that shares a remote: a home of its own, with an environment in it.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { IndexServer } from '@wheelwright/testkit/index-server';
import { type S3Server, testUser } from '@wheelwright/testkit/remote/s3-server';
import { expect } from 'vitest';
import { commandIn } from './run-ww.ts';

/** What the machines of a team have in common. */
export interface Team {
  readonly index: IndexServer;
  readonly s3: S3Server;
  /** The homes are below it. */
  readonly dir: string;
}

/** The command on the machine `name`, in a home that has the environment `env`. */
export async function machineOf(
  { index, s3, dir }: Team,
  name: string,
  variables: Readonly<Record<string, string>> = {},
) {
  const home = path.join(dir, name);
  mkdirSync(home, { recursive: true });
  const command = commandIn(home, {
    PIP_NO_INDEX: '0',
    WHEELWRIGHT_INDEX_URL: index.indexUrl,
    WHEELWRIGHT_REMOTE: `s3://bucket/team?endpoint=${s3.origin}`,
    AWS_ACCESS_KEY_ID: testUser.accessKeyId,
    AWS_SECRET_ACCESS_KEY: testUser.secretAccessKey,
    ...variables,
  });
  expect(await command.ww('venv', 'env')).toMatchObject({ code: 0 });
  return { ...command, home, install: (...words: string[]) => command.ww('install', '-p', 'env', ...words) };
}

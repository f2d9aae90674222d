import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type BuildRecord, createDirectoryCache } from '@wheelwright/pep517';
import type { RemoteCache, BuildRecord as SharedRecord } from '@wheelwright/remote-store';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { shareBuilds } from '../../src/build/share-builds.ts';

const key = 'ab'.repeat(32);
const bytes = Buffer.from('a wheel');
const record: BuildRecord = {
  key,
  kind: 'wheel',
  observed: { variables: { CC: null }, files: {}, programs: {}, requires: [], environment: [] },
  artifact: {
    filename: 'demo-1.0-py3-none-any.whl',
    sha256: createHash('sha256').update(bytes).digest('hex'),
    size: bytes.length,
    name: 'demo',
    version: '1.0',
  },
  builtAt: '2026-12-01T00:00:00.000Z',
};

/** A remote that counts the questions, as far as `shareBuilds` uses one. */
function createRemote(dir: string) {
  const records: SharedRecord[] = [];
  const kept = path.join(dir, 'remote-artifact');
  const asked = { reads: 0, fetches: 0 };
  const remote = {
    async readBuilds() {
      asked.reads += 1;
      return records;
    },
    async fetchBuild(_: SharedRecord, target: string) {
      asked.fetches += 1;
      copyFileSync(kept, target);
      return true;
    },
    async keepBuild(shared: Omit<SharedRecord, 'format' | 'builtBy' | 'builtAt'>, artifactPath: string) {
      copyFileSync(artifactPath, kept);
      records.push({ ...shared, format: 1, builtBy: 'a machine', builtAt: record.builtAt });
    },
  };
  return { remote: remote as unknown as RemoteCache, asked };
}

test('a build that came from the remote is in the local cache afterwards', async () => {
  const dir = temporaryDir();
  const { remote, asked } = createRemote(dir);
  const machine = (name: string) =>
    shareBuilds(createDirectoryCache({ dir: path.join(dir, name) }), remote, { salt: undefined, excluded: [] });
  const artifact = path.join(dir, 'artifact');
  writeFileSync(artifact, bytes);
  await machine('one').keep(record, artifact);
  const [given] = await machine('two').read(key);
  expect(given).toEqual(record);
  expect(await machine('two').fetch(given!, path.join(dir, 'fetched'))).toBe(true);
  expect(readFileSync(path.join(dir, 'fetched'))).toEqual(bytes);
  expect(asked).toEqual({ reads: 1, fetches: 1 });
  const [again] = await machine('two').read(key);
  expect(again).toEqual(record);
  expect(await machine('two').fetch(again!, path.join(dir, 'fetched again'))).toBe(true);
  expect(asked).toEqual({ reads: 1, fetches: 1 });
});

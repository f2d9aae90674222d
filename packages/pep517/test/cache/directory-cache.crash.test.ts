import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { hashFile } from '@wheelwright/archives';
import { nodeFs } from '@wheelwright/atomic-fs';
import { type BuildRecord, createDirectoryCache } from '@wheelwright/pep517';
import { forEveryCrash } from '@wheelwright/testkit/every-crash';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';

const key = 'a'.repeat(64);

/** A cache that holds `builds` builds under one key, the next build, and its record. */
async function world(builds: number) {
  const dir = temporaryDir();
  const kept = path.join(dir, 'kept');
  mkdirSync(path.join(dir, 'out'));
  const made = async (n: number) => {
    const artifactPath = path.join(dir, 'out', `demo-${n}.whl`);
    writeFileSync(artifactPath, `build ${n}`);
    return { artifactPath, record: await recordOf(artifactPath, n) };
  };
  for (let n = 0; n < builds; n += 1) {
    const { record, artifactPath } = await made(n);
    await createDirectoryCache({ dir: kept }).keep(record, artifactPath);
  }
  return { dir, kept, ...(await made(builds)) };
}

async function recordOf(artifactPath: string, n: number): Promise<BuildRecord> {
  const observed = { variables: { N: `${n}` }, files: {}, programs: {}, requires: [], environment: [] };
  const filename = path.basename(artifactPath);
  const { length: size } = readFileSync(artifactPath);
  const artifact = { filename, sha256: await hashFile(artifactPath), size, name: 'demo', version: '1' };
  return { key, kind: 'wheel', observed, artifact, builtAt: '2026-01-01T00:00:00Z' };
}

test.each([0, 1, 9])('A crash while a build is kept beside %i others leaves only whole builds.', async (builds) => {
  await forEveryCrash({
    inner: nodeFs,
    setUp: () => world(builds),
    run: (fs, { kept, record, artifactPath }) => createDirectoryCache({ dir: kept, fs }).keep(record, artifactPath),
    async check(_n, { dir, kept, record, artifactPath }) {
      const cache = createDirectoryCache({ dir: kept });
      const look = async () => {
        const found = await cache.read(key);
        for (const each of found) {
          const target = path.join(dir, 'fetched');
          expect(await cache.fetch(each, target)).toBe(true);
          expect(await hashFile(target)).toBe(each.artifact.sha256);
        }
        return found.length;
      };
      expect(await look()).toBeGreaterThanOrEqual(Math.min(builds, 8));
      await cache.keep(record, artifactPath);
      expect(await look()).toBe(Math.min(builds + 1, 8));
      expect(await cache.prune({ unusedForMs: 0 })).toBe(1);
      expect(await look()).toBe(0);
    },
  });
});

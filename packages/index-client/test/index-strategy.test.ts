// Several indexes: which of them count for a name, and what they say of the project.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { normalizeName } from '@wheelwright/packaging';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it, onTestFinished } from 'vitest';
import type { IndexClientOptions, IndexEvent } from '../src/index.ts';
import { createClient, memoryCache, startServer } from './helpers.ts';

const demo = normalizeName('demo');

/** An index in a directory that lists `versions` of demo; undefined: it does not know the name. */
function localIndex(versions: readonly string[] | undefined, head = ''): string {
  const dir = temporaryDir();
  if (versions !== undefined) {
    mkdirSync(path.join(dir, 'demo'));
    const links = versions.map((version) => `<a href="demo-${version}.tar.gz">x</a>`).join('');
    writeFileSync(path.join(dir, 'demo/index.html'), `<html><head>${head}</head>${links}`);
  }
  return `${pathToFileURL(dir).href}/`;
}

async function offered(indexUrls: readonly string[], options: Partial<IndexClientOptions> = {}) {
  const files = await createClient({ indexUrls, ...options }).files(demo);
  return files.map(({ filename }) => filename.slice('demo-'.length, -'.tar.gz'.length));
}

it('the first index that has files of a name is the only one that counts', async () => {
  const [own, empty, unknown, other] = [localIndex(['1']), localIndex([]), localIndex(undefined), localIndex(['9'])];
  expect(await offered([unknown, empty, own, other])).toEqual(['1']);
  expect(await offered([other, own])).toEqual(['9']);
  expect(await offered([own, other], { strategy: 'unsafe-best-match' })).toEqual(['1', '9']);
});

it('an index behind the one that counts is not asked', async () => {
  const file = { filename: 'demo-1.tar.gz', data: Buffer.from('x') };
  const [one, two] = [await startServer({ files: [file] }), await startServer({ files: [file] })];
  expect(await offered([one.indexUrl, two.indexUrl])).toEqual(['1']);
  expect(two.count()).toBe(0);
});

it('find-links places always count', async () => {
  const dir = temporaryDir();
  writeFileSync(path.join(dir, 'demo-5.tar.gz'), '');
  expect(await offered([localIndex(['1']), localIndex(['9'])], { findLinks: [dir] })).toEqual(['5', '1']);
});

it('a project that names its pages in other indexes is mixed with those alone (PEP 708)', async () => {
  const [other, third] = [localIndex(['9']), localIndex(['7'])];
  for (const name of ['tracks', 'alternate-locations']) {
    const own = localIndex(['1'], `<meta name="pypi:${name}" content="${other}demo">`);
    expect(await offered([own, third, other])).toEqual(['1', '9']);
    expect(await offered([own, third])).toEqual(['1']);
  }
  // What another index claims of the first one grants nothing.
  const first = localIndex(['1']);
  expect(await offered([first, localIndex(['9'], `<meta name="pypi:tracks" content="${first}demo/">`)])).toEqual(['1']);
});

it('the status of a project and a newer API are reported, also from the cache', async () => {
  const page = {
    meta: { 'api-version': '1.9' },
    'project-status': { status: 'quarantined', reason: 'malware' },
    files: [],
  };
  const headers = { 'content-type': 'application/vnd.pypi.simple.v1+json', 'cache-control': 'max-age=600' };
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    response.writeHead(200, headers).end(JSON.stringify(page));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  const indexUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple/`;
  const cache = memoryCache();
  for (const strategy of ['first-index', 'unsafe-best-match'] as const) {
    const events: IndexEvent[] = [];
    const client = createClient({ indexUrls: [indexUrl], strategy, cache, onEvent: (one) => events.push(one) });
    expect(client.status(demo)).toBeUndefined();
    for (let n = 0; n < 2; n += 1) expect(await client.files(demo, () => true)).toEqual([]);
    expect(client.status(demo)).toEqual({ status: 'quarantined', reason: 'malware' });
    const newer = events.filter(({ type }) => type === 'newer-api');
    expect(newer).toEqual([{ type: 'newer-api', index: indexUrl, version: '1.9' }]);
  }
  expect(asked).toBe(1);
});

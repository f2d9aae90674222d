import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { normalizeName } from '@wheelwright/packaging';
import type { IndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, it } from 'vitest';
import { createClient, demoWheel, memoryCache, metadataText, startServer } from './helpers.ts';

const demo = normalizeName('demo');
const wheel = {
  filename: 'demo-1.0-py3-none-any.whl',
  data: demoWheel(),
  metadata: metadataText,
  requiresPython: '>=3.8,<4',
};

describe('the files of a name', () => {
  it('are the same from JSON and from HTML, but for the size that only JSON tells', async () => {
    const server = await startServer({
      files: [wheel, { ...wheel, filename: 'demo-1.1-py3-none-any.whl', yanked: 'bad' }],
    });
    const plain = await startServer({ files: [wheel], htmlOnly: true });
    const [json, yanked] = await createClient({ indexUrls: [server.indexUrl] }).files(demo);
    const [html] = await createClient({ indexUrls: [plain.indexUrl] }).files(demo);
    expect(json).toEqual({
      filename: wheel.filename,
      url: server.fileUrl(wheel.filename),
      hashes: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      requiresPython: '>=3.8,<4',
      yanked: false,
      coreMetadata: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
      size: wheel.data.length,
      uploadTime: undefined,
      source: 'index',
      index: server.indexUrl,
    });
    expect(html).toEqual({ ...json, size: undefined, url: plain.fileUrl(wheel.filename), index: plain.indexUrl });
    expect(yanked?.yanked).toBe('bad');
  });

  it('are merged from links and several indexes, links first, each URL once', async () => {
    const one = await startServer({ files: [wheel] });
    const two = await startServer({ files: [{ ...wheel, filename: 'demo-2.0-py3-none-any.whl' }] });
    const client = createClient({ indexUrls: [one.indexUrl, two.indexUrl], findLinks: [two.findLinksUrl] });
    const found = await client.files(demo);
    expect(found.map((file) => [file.filename, file.source])).toEqual([
      ['demo-2.0-py3-none-any.whl', 'find-links'],
      ['demo-1.0-py3-none-any.whl', 'index'],
    ]);
  });

  it('are none for a name that no index knows', async () => {
    const server = await startServer();
    expect(await createClient({ indexUrls: [server.indexUrl] }).files(demo)).toEqual([]);
  });

  it('come from links alone when no index is to be asked', async () => {
    const server = await startServer({ files: [wheel] });
    const client = createClient({ indexUrls: [server.indexUrl], findLinks: [server.findLinksUrl], noIndex: true });
    expect(await client.files(demo)).toHaveLength(1);
    expect(server.count('/simple/demo/')).toBe(0);
  });

  it('are asked for once, however many ask', async () => {
    const server = await startServer({ files: [wheel] });
    const client = createClient({ indexUrls: [server.indexUrl] });
    await Promise.all([client.files(demo), client.files(demo), client.files(demo)]);
    expect(server.count()).toBe(1);
  });

  it('leave out files of other projects and what is no distribution', async () => {
    const dir = temporaryDir();
    for (const name of [
      'demo-1.0.tar.gz',
      'demo-extra-1.0.tar.gz',
      'demo-1.0.egg',
      'Demo-1.1-py3-none-any.whl',
      'x.txt',
    ]) {
      writeFileSync(path.join(dir, name), '');
    }
    const found = await createClient({ findLinks: [dir] }).files(demo);
    expect(found.map((file) => file.filename)).toEqual(['Demo-1.1-py3-none-any.whl', 'demo-1.0.tar.gz']);
  });

  it('are read from file: indexes, HTML files and single files', async () => {
    const dir = temporaryDir();
    mkdirSync(path.join(dir, 'simple/demo'), { recursive: true });
    writeFileSync(path.join(dir, 'demo-1.0-py3-none-any.whl'), wheel.data);
    writeFileSync(path.join(dir, 'simple/demo/index.html'), '<a href="../../demo-1.0-py3-none-any.whl">x</a>');
    writeFileSync(path.join(dir, 'links.html'), '<a href="demo-2.0.tar.gz#sha256=00ff00ff">x</a>');
    const places = [path.join(dir, 'links.html'), pathToFileURL(path.join(dir, 'demo-1.0-py3-none-any.whl')).href];
    const client = createClient({ indexUrls: [pathToFileURL(path.join(dir, 'simple')).href], findLinks: places });
    const found = await client.files(demo);
    expect(found.map((file) => [file.filename, file.source, file.hashes])).toEqual([
      ['demo-2.0.tar.gz', 'find-links', { sha256: '00ff00ff' }],
      ['demo-1.0-py3-none-any.whl', 'find-links', {}],
    ]);
    expect(await client.metadata(found[1]!)).toBe(metadataText);
  });

  it('fail with the place that is missing', async () => {
    const client = createClient({ findLinks: [path.join(temporaryDir(), 'nothing')] });
    await expect(client.files(demo)).rejects.toMatchObject({ code: 'INDEX_NOT_FOUND' });
  });
});

describe('credentials', () => {
  it('open their own host and appear in no result, message, event or cache', async () => {
    const credentials = { user: 'ann', password: 'p@ss word' };
    const server = await startServer({ files: [wheel], credentials });
    const indexUrl = server.indexUrl.replace('://', '://ann:p%40ss%20word@');
    const cache = memoryCache();
    const events: unknown[] = [];
    const client = createClient({ indexUrls: [indexUrl], cache, onEvent: (event) => events.push(event) });
    const files = await client.files(demo);
    expect(await client.metadata(files[0]!)).toBe(metadataText);
    const seen = JSON.stringify([files, events, [...cache.entries.values()].map(({ meta }) => meta)]);
    expect(seen).not.toContain('p%40ss');
    expect(seen).not.toContain('Basic ');
    const closed = createClient({ indexUrls: [indexUrl.replace('p%40ss', 'wrong')] });
    const failure = await closed.files(demo).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'INDEX_UNAUTHORIZED' });
    expect(JSON.stringify([String(failure), failure])).not.toContain('wrong');
  });

  it('are asked of a keyring when a server wants them', async () => {
    const server = await startServer({ files: [wheel], credentials: { user: 'ann', password: 'secret' } });
    const asked: string[] = [];
    const askKeyring = async (url: string) => {
      asked.push(url);
      return { username: 'ann', password: 'secret' };
    };
    const client = createClient({ indexUrls: [server.indexUrl], askKeyring });
    expect(await client.files(demo)).toMatchObject([{ filename: wheel.filename }]);
    expect(await client.metadata((await client.files(demo))[0]!)).toBe(metadataText);
    expect(asked).toEqual([server.indexUrl]);
  });

  it('are not sent on to another host by a redirect', async () => {
    const other = await startServer({ files: [wheel] });
    const server = await startServer({ credentials: { user: 'ann', password: 'secret' } });
    server.fail('/simple/demo/', { kind: 'status', status: 302, headers: { location: `${other.indexUrl}demo/` } });
    const client = createClient({ indexUrls: [server.indexUrl.replace('://', '://ann:secret@')] });
    expect(await client.files(demo)).toMatchObject([{ url: other.fileUrl(wheel.filename) }]);
    expect(server.requests[0]?.headers.authorization).toMatch(/^Basic /);
    expect(other.requests[0]?.headers.authorization).toBeUndefined();
  });
});

describe('after a redirect', () => {
  const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;
  const sentTo = (server: IndexServer) => server.requests.map(({ headers }) => headers.authorization);

  it('the credentials are those of the new host, from .netrc and of its index', async () => {
    const netrcPath = path.join(temporaryDir(), 'netrc');
    writeFileSync(netrcPath, 'machine 127.0.0.1 login net password rc\n');
    const other = await startServer({ files: [wheel] });
    const server = await startServer();
    // Both are this machine, which has another name for .netrc.
    const location = `${other.indexUrl}demo/`;
    server.fail('/simple/demo/', { kind: 'status', status: 302, headers: { location } }, 2);
    const named = server.indexUrl.replace('127.0.0.1', 'localhost');
    await createClient({ indexUrls: [named.replace('://', '://ann:secret@')], netrcPath }).files(demo);
    expect([sentTo(server), sentTo(other)]).toEqual([[basic('ann:secret')], [basic('net:rc')]]);
    other.forget();
    const both = [server.indexUrl, other.indexUrl.replace('://', '://bob:own@')];
    await createClient({ indexUrls: both, netrcPath }).files(demo);
    expect(sentTo(other)[0]).toBe(basic('bob:own'));
  });

  it("a URL's own credentials stay while the origin stays, and go no further", async () => {
    const other = await startServer({ files: [wheel] });
    const server = await startServer({ files: [wheel], credentials: { user: 'ann', password: 'secret' } });
    const to = (location: string) => ({ kind: 'status', status: 302, headers: { location } }) as const;
    server.fail('/a.whl', to(`/b.whl`));
    server.fail('/b.whl', to(server.filePath(wheel.filename)));
    const url = `${server.origin.replace('://', '://ann:secret@')}/a.whl`;
    const file = { ...wheel, url, hashes: {} };
    const client = createClient({});
    await client.download(file, path.join(temporaryDir(), 'x'));
    expect(sentTo(server)).toEqual(Array(3).fill(basic('ann:secret')));
    server.fail('/a.whl', to(other.fileUrl(wheel.filename)));
    await client.download(file, path.join(temporaryDir(), 'x'));
    expect(sentTo(other)).toEqual([undefined]);
  });
});

describe('failures that may pass', () => {
  it.each([
    { kind: 'status', status: 503 } as const,
    { kind: 'status', status: 429, headers: { 'retry-after': '0' } } as const,
    { kind: 'reset' } as const,
    { kind: 'cut' } as const,
  ])('are tried again: %o', async (fault) => {
    const server = await startServer({ files: [wheel] });
    server.fail('/simple/demo/', fault, 2);
    const retries: unknown[] = [];
    const onEvent = (event: { type: string }) => event.type === 'retry' && retries.push(event);
    expect(await createClient({ indexUrls: [server.indexUrl], onEvent }).files(demo)).toHaveLength(1);
    expect(server.count('/simple/demo/')).toBe(3);
    expect(retries).toHaveLength(2);
  });

  it('are given up after the stated number of retries, and forgotten for the next question', async () => {
    const server = await startServer({ files: [wheel] });
    server.fail('/simple/demo/', { kind: 'status', status: 500 }, 3);
    const client = createClient({ indexUrls: [server.indexUrl], retries: 2 });
    await expect(client.files(demo)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE', data: { status: 500 } });
    expect(await client.files(demo)).toHaveLength(1);
  });

  it('end with the signal, also between two attempts and while nothing is answered', async () => {
    for (const fault of [
      { kind: 'silence' },
      { kind: 'status', status: 503, headers: { 'retry-after': '20' } },
    ] as const) {
      const server = await startServer({ files: [wheel] });
      server.fail('/simple/demo/', fault, Infinity);
      const abort = new AbortController();
      const onEvent = (event: { type: string }) => event.type === 'retry' && abort.abort(new Error('enough'));
      const answer = createClient({ indexUrls: [server.indexUrl], signal: abort.signal, onEvent }).files(demo);
      if (fault.kind === 'silence') {
        while (server.count() === 0) await new Promise((resolve) => setImmediate(resolve));
        abort.abort(new Error('enough'));
      }
      await expect(answer).rejects.toThrow('enough');
    }
  });

  it('include a server that falls silent', async () => {
    const server = await startServer({ files: [wheel] });
    server.fail('/simple/demo/', { kind: 'silence' });
    const client = createClient({ indexUrls: [server.indexUrl], idleTimeoutMs: 50 });
    expect(await client.files(demo)).toHaveLength(1);
  });
});

describe('redirects', () => {
  it('that never end are given up', async () => {
    const server = await startServer();
    server.fail('/simple/demo/', { kind: 'status', status: 301, headers: { location: '/simple/demo/' } }, Infinity);
    const client = createClient({ indexUrls: [server.indexUrl] });
    await expect(client.files(demo)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  });

  it('to files of this machine are refused', async () => {
    const server = await startServer();
    server.fail('/simple/demo/', { kind: 'status', status: 302, headers: { location: 'file:///etc/hosts' } });
    const client = createClient({ indexUrls: [server.indexUrl] });
    await expect(client.files(demo)).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE' });
  });
});

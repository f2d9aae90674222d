import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { normalizeName } from '@wheelwright/packaging';
import { makeCertificate } from '@wheelwright/testkit/certificate';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it } from 'vitest';
import { createClient, demoWheel, startServer } from '../helpers.ts';

const demo = normalizeName('demo');
const files = [{ filename: 'demo-1.0-py3-none-any.whl', data: demoWheel() }];

it('an unknown authority is refused at once, unless it is named or its host is trusted', async (context) => {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined) return context.skip();
  const server = await startServer({ files, tls });
  const host = new URL(server.origin).host;
  const ask = (options: object) => createClient({ indexUrls: [server.indexUrl], ...options }).files(demo);
  await expect(ask({})).rejects.toMatchObject({ code: 'INDEX_UNREACHABLE', hint: expect.stringContaining('--cert') });
  expect(server.count()).toBe(0);
  await expect(ask({ trustedHosts: ['localhost', '127.0.0.1:1'] })).rejects.toMatchObject({
    code: 'INDEX_UNREACHABLE',
  });
  expect(await ask({ certPath: tls.certPath })).toHaveLength(1);
  expect(await ask({ trustedHosts: ['127.0.0.1'] })).toHaveLength(1);
  expect(await ask({ trustedHosts: [host] })).toHaveLength(1);
});

it.each([
  ['is missing', undefined, 'ENOENT'],
  ['is a directory', 'directory', 'EISDIR'],
  ['holds nothing', '', 'no certificate'],
  ['holds something else', '-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n', 'no certificate'],
])('a file of certificates that %s is reported at once', async (_, content, why) => {
  const certPath = path.join(temporaryDir(), 'ca.pem');
  if (content === 'directory') mkdirSync(certPath);
  else if (content !== undefined) writeFileSync(certPath, content);
  for (const proxyUrl of [undefined, 'http://127.0.0.1:1', 'https://127.0.0.1:1']) {
    const retries: unknown[] = [];
    const onEvent = (event: { type: string }) => event.type === 'retry' && retries.push(event);
    const proxyFor = () => proxyUrl;
    const client = createClient({ indexUrls: ['https://127.0.0.1:1/simple/'], certPath, proxyFor, onEvent });
    const failure = await client.files(demo).catch((error: Error) => error);
    expect(failure).toMatchObject({ code: 'INDEX_BAD_CERTIFICATES', message: expect.stringContaining(why) });
    expect(failure).toMatchObject({ data: { path: certPath }, hint: expect.stringContaining('PEM') });
    expect(retries).toEqual([]);
    await client.close();
  }
});

it('a redirect from https to http is followed to trusted hosts only', async (context) => {
  const tls = makeCertificate(temporaryDir());
  if (tls === undefined) return context.skip();
  const plain = await startServer({ files });
  const server = await startServer({ tls });
  const location = `${plain.indexUrl}demo/`;
  server.fail('/simple/demo/', { kind: 'status', status: 302, headers: { location } }, 2);
  const { certPath } = tls;
  const ask = (options: object) => createClient({ indexUrls: [server.indexUrl], certPath, ...options }).files(demo);
  await expect(ask({})).rejects.toThrow('not encrypted');
  expect(plain.count()).toBe(0);
  expect(await ask({ trustedHosts: [new URL(plain.origin).host] })).toHaveLength(1);
});

it('connections are kept and used again', async () => {
  const server = await startServer({ files });
  const client = createClient({ indexUrls: [server.indexUrl] });
  const [file] = await client.files(demo);
  await client.metadata(file!);
  expect(new Set(server.requests.map((one) => one.port)).size).toBe(1);
});

// Clients and servers that end with their test, and the smallest archive that counts as a wheel for this package.

import { deflateRawSync } from 'node:zlib';
import { type IndexServer, type IndexServerOptions, startIndexServer } from '@wheelwright/testkit/index-server';
import { onTestFinished } from 'vitest';
import { createIndexClient, type IndexClient, type IndexClientOptions, type ResponseCache } from '../src/index.ts';

export async function startServer(options: IndexServerOptions = {}): Promise<IndexServer> {
  const server = await startIndexServer(options);
  onTestFinished(() => server.close());
  return server;
}

export function createClient(options: Partial<IndexClientOptions>): IndexClient {
  const client = createIndexClient({ indexUrls: [], findLinks: [], noIndex: false, retryDelayMs: 1, ...options });
  onTestFinished(() => client.close());
  return client;
}

export function memoryCache(): ResponseCache & { readonly entries: Map<string, { meta: string; body: Uint8Array }> } {
  const entries = new Map<string, { meta: string; body: Uint8Array }>();
  return {
    entries,
    read: (key) => entries.get(key),
    write: (key, meta, body) => void entries.set(key, { meta, body }),
  };
}

export const metadataText = 'Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n';

/** A zip of `entries`, deflated; `padding` is stored first, so that the interesting part is at the end. */
export function smallZip(entries: Readonly<Record<string, string>>, { padding = 0, comment = '' } = {}): Buffer {
  const members = Object.entries(entries).map(([name, text]) => ({ name, text: Buffer.from(text), method: 8 }));
  if (padding > 0) members.unshift({ name: 'padding.bin', text: Buffer.alloc(padding, 7), method: 0 });
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, text, method } of members) {
    const data = method === 8 ? deflateRawSync(text) : text;
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(data.length, 18);
    local.writeUInt32LE(text.length, 22);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(data.length, 20);
    central.writeUInt32LE(text.length, 24);
    central.writeUInt16LE(Buffer.byteLength(name), 28);
    central.writeUInt32LE(offset, 42);
    parts.push(local, Buffer.from(name), data);
    directory.push(central, Buffer.from(name));
    offset += 30 + Buffer.byteLength(name) + data.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  end.writeUInt16LE(comment.length, 20);
  return Buffer.concat([...parts, central, end, Buffer.from(comment)]);
}

export function demoWheel(options: { padding?: number; comment?: string } = {}): Buffer {
  return smallZip({ 'demo/__init__.py': '', 'demo-1.0.dist-info/METADATA': metadataText }, options);
}

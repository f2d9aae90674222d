// An index whose downloads stop half way until the caller lets them go on, so that what a program shows meanwhile can be
// looked at. In front of `startIndexServer`, which answers everything else.
import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type IndexServer, startIndexServer } from './index-server.ts';
import { buildWheel } from './wheels.ts';

/** A running index with a gate. */
export interface GatedIndex {
  readonly indexUrl: string;
  readonly server: IndexServer;
  /** Lets all downloads go on, those to come too. */
  open(): void;
  close(): Promise<void>;
}

/** A project that the index offers in version 1.0, with this many random bytes in it. */
export interface GatedProject {
  readonly name: string;
  readonly bytes: number;
  readonly requires?: readonly string[] | undefined;
}

/** Starts an index of wheels on loopback. */
export async function startGatedIndex(projects: readonly GatedProject[]): Promise<GatedIndex> {
  const server = await startIndexServer({
    files: projects.map(({ name, bytes, requires = [] }) => {
      const wheel = buildWheel({ name, requiresDist: requires, files: { [`${name}/data.bin`]: randomBytes(bytes) } });
      const lines = requires.map((requirement) => `Requires-Dist: ${requirement}\n`);
      const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n${lines.join('')}`;
      return { filename: wheel.filename, data: wheel.bytes, metadata };
    }),
  });
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gate = http.createServer((request, response) => {
    const pass = async (answer: http.IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      const body = Buffer.concat(chunks);
      if (!request.url?.endsWith('.whl')) return void response.end(body);
      // In pieces, as from a network: one that is seen shows how far it is.
      const half = body.length >> 1;
      for (let piece = 0; piece < 10; piece += 1) {
        response.write(body.subarray(Math.floor((half * piece) / 10), Math.floor((half * (piece + 1)) / 10)));
        await delay(40);
      }
      await opened;
      response.end(body.subarray(half));
    };
    const { method, headers } = request;
    // Either side may go away meanwhile.
    const onward = http.request(`${server.origin}${request.url}`, { method, headers }, (answer) => {
      pass(answer).catch(() => response.destroy());
    });
    response.on('error', () => onward.destroy());
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve));
  return {
    indexUrl: `http://127.0.0.1:${(gate.address() as AddressInfo).port}/simple/`,
    server,
    open: () => open(),
    async close() {
      gate.close();
      gate.closeAllConnections();
      await server.close();
    },
  };
}

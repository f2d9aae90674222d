// A network as it is outside of loopback: a proxy for TCP, in a process of its own, that delays what passes and limits the
// rate of all connections together.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { fileURLToPath } from 'node:url';

const file = fileURLToPath(import.meta.url);

/** How the network behaves. */
export interface Network {
  /** Time from a request to its answer, in ms. */
  readonly roundTripMs: number;
  /** Bytes a second towards the client, shared by all connections. */
  readonly bytesPerSecond: number;
}

/** Starts the proxy in front of `port`; gives its own port and what ends it. */
export async function startSlowNetwork(port: number, network: Network): Promise<{ port: number; close(): void }> {
  const child = fork(file, [JSON.stringify({ port, ...network })], { execArgv: process.execArgv });
  const [own] = (await once(child, 'message')) as [number];
  return { port: own, close: () => void child.kill() };
}

function serve({ port, roundTripMs, bytesPerSecond }: Network & { port: number }): void {
  const up = delayed(roundTripMs / 2, Number.POSITIVE_INFINITY);
  const down = delayed(roundTripMs / 2, bytesPerSecond);
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    up(client, upstream);
    down(upstream, client);
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as net.AddressInfo).port));
}

/** Pipes sockets with a delay, in order; all pipes made by one call share the rate. */
function delayed(delayMs: number, bytesPerSecond: number): (from: net.Socket, to: net.Socket) => void {
  let freeAt = 0;
  return (from, to) => {
    /** What is on its way: a chunk, or the end, and when it arrives. */
    const underway: { readonly chunk: Buffer | undefined; readonly at: number }[] = [];
    let queued = 0;
    let timer: NodeJS.Timeout | undefined;
    const deliver = () => {
      timer = undefined;
      for (let next = underway[0]; next !== undefined && next.at <= performance.now(); next = underway[0]) {
        underway.shift();
        if (next.chunk === undefined) to.end();
        else to.write(next.chunk);
        queued -= next.chunk?.length ?? 0;
      }
      if (queued <= 1 << 19) from.resume();
      const next = underway[0];
      if (next !== undefined) timer = setTimeout(deliver, Math.max(1, next.at - performance.now()));
    };
    const send = (chunk: Buffer | undefined) => {
      const bytes = chunk?.length ?? 0;
      freeAt = Math.max(freeAt, performance.now()) + (bytes / bytesPerSecond) * 1_000;
      underway.push({ chunk, at: freeAt + delayMs });
      queued += bytes;
      if (queued > 1 << 20) from.pause();
      if (timer === undefined) timer = setTimeout(deliver, Math.max(1, freeAt + delayMs - performance.now()));
    };
    from.on('data', send);
    from.once('end', () => send(undefined));
    from.once('error', () => to.destroy());
    to.once('error', () => from.destroy());
  };
}

if (process.argv[1] === file) serve(JSON.parse(process.argv[2] as string) as Network & { port: number });

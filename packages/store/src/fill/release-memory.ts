// Gives memory back before the collector would: it counts the few objects of a thread, not the megabytes behind them.
import { MessageChannel } from 'node:worker_threads';

/**
 * Frees the memory of `bytes` at once; their length is 0 then. Does nothing where they are a part of larger memory, which
 * others use.
 */
export function releaseMemory(bytes: Uint8Array): void {
  if (!(bytes.buffer instanceof ArrayBuffer) || bytes.length !== bytes.buffer.byteLength) return;
  // What is transferred to a port that is closed belongs to no thread.
  const { port1 } = new MessageChannel();
  port1.close();
  port1.postMessage(undefined, [bytes.buffer]);
}

// Work on a key that no other machine does meanwhile, for callers that look, build and keep by themselves. The numbers are
// those of docs/protocols/remote.md; `work` stands for 4, and what it keeps for 5.
import type { BuildRecord } from '../trust/build-record.ts';
import { enter, notKept } from './enter.ts';
import { HeldLease } from './held-lease.ts';
import { codeOf, type FlightContext } from './shared-build.ts';

/** How a caller waits for other machines. */
export interface AloneOptions {
  /** Ends the wait; its reason is thrown. */
  readonly signal?: AbortSignal | undefined;
}

export class AloneWork {
  readonly #context: FlightContext;
  /** Leases of work under way, and whether something was kept under them. */
  readonly #held = new Map<string, { readonly lease: HeldLease; isHandedOver: boolean }>();

  constructor(context: FlightContext) {
    this.#context = context;
  }

  /** Runs `work` under the lease of `key`, or without one where another machine was faster, is too slow, or none counts. */
  async run<T>(key: string, work: () => Promise<T>, { signal }: AloneOptions = {}): Promise<T> {
    const { entries, breaker, conditionsHold } = this.#context;
    if (!entries.canPublish || !breaker.allows('write') || !(await conditionsHold())) return work();
    const come = async () => ((await entries.hasChanged(key, signal)) ? true : undefined);
    const lease = await enter(this.#context, key, { come, signal });
    if (!(lease instanceof HeldLease)) return work();
    const held = { lease, isHandedOver: false };
    this.#held.set(key, held);
    try {
      const result = await work();
      if (!held.isHandedOver) {
        // Nothing was kept: `work` found what it needed, or cannot share what it made, as no other machine will be able to.
        const isThere = (await entries.records(key)).length > 0;
        await (isThere ? lease.end('done') : lease.end('failed', notKept));
      }
      return result;
    } catch (error) {
      if (!held.isHandedOver) await lease.end(signal?.aborted === true ? 'abandoned' : 'failed', codeOf(error));
      throw error;
    } finally {
      this.#held.delete(key);
    }
  }

  /** Publishes an artifact beside the caller's work; the lease of its key ends with that. */
  async keep(record: Omit<BuildRecord, 'format' | 'builtBy' | 'builtAt'>, filePath: string): Promise<void> {
    const { entries, breaker, beside, builtBy, offer } = this.#context;
    if (!entries.canPublish || !breaker.allows('write')) return;
    const { filename, offered } = await offer(filePath);
    const { sha256, size } = record.artifact;
    if (offered.sha256 !== sha256 || offered.size !== size) {
      await offered.file.close();
      throw new Error(`bug: ${filename} is not the artifact of its record`);
    }
    const held = this.#held.get(record.key);
    if (held !== undefined) held.isHandedOver = true;
    const whole: BuildRecord = { ...record, format: 1, builtBy, builtAt: new Date().toISOString() };
    beside(async (signal) => {
      let isPublished = false;
      try {
        signal.throwIfAborted();
        const publish = async () => entries.publish(whole, offered, signal).then(() => true);
        isPublished = (await breaker.run('write', publish)) === true;
      } finally {
        await offered.file.close();
        await held?.lease.end(isPublished ? 'done' : 'abandoned');
      }
    });
  }
}

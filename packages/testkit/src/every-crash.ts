// A protocol run again and again, each time with a crash (or an error) at the next call, until it runs through: what
// SQLite calls its crash and I/O error loops. Every point gets a fresh state, and a check of what it left behind.
import { type CrashingFs, crashingFs, type FsLike, type Moment } from './crashing-fs.ts';
import { proved } from './proof.ts';

export interface EveryCrash<Context> {
  readonly inner: FsLike;
  /** See {@link Trouble.native}. */
  readonly native?: boolean | undefined;
  /** All three by default; only writes and copies can be torn. */
  readonly hows?: readonly Moment[] | undefined;
  /** Makes the state before; what it gives is handed on. */
  setUp(): Context | Promise<Context>;
  run(fs: CrashingFs, context: Context): unknown;
  /** Called after every crash; looks, recovers, looks again. A throw ends the loop and names the point. */
  check(n: number, context: Context, point: CrashPoint): unknown;
}

export interface CrashPoint {
  readonly how: Moment;
  /** The call that the crash fell on. */
  readonly operation: string;
}

/** Crashes at every call, in every way; gives how many points there were. */
export async function forEveryCrash<Context>(options: EveryCrash<Context>): Promise<number> {
  const { inner, hows = ['before', 'after', 'torn'] } = options;
  let points = 0;
  for (const how of hows) {
    for (let n = 1; ; n += 1) {
      const context = await options.setUp();
      const fs = crashingFs(inner, { crashAt: n, how, native: options.native });
      try {
        await options.run(fs, context);
      } catch (error) {
        if (!fs.crashed) throw error;
      }
      if (ranThrough(fs, n)) break;
      const operation = fs.crashedAt ?? '';
      if (how === 'torn' && !/^(write|copyFile) /.test(operation)) continue;
      await atPoint(`crash ${how} operation ${n} (${operation})`, () => options.check(n, context, { how, operation }));
      points += 1;
    }
  }
  proved(points, 'crash points');
  return points;
}

export interface EveryError<Context> {
  readonly inner: FsLike;
  /** See {@link Trouble.native}. */
  readonly native?: boolean | undefined;
  readonly errors: readonly string[];
  /** Once, and at every call from there on; both by default. */
  readonly sticky?: readonly boolean[] | undefined;
  setUp(): Context | Promise<Context>;
  run(fs: CrashingFs, context: Context): unknown;
  check(n: number, context: Context, point: ErrorPoint): unknown;
}

export interface ErrorPoint {
  readonly error: string;
  readonly sticky: boolean;
  readonly operation: string;
  /** What `run` threw; undefined where it came through in spite of the error. */
  readonly thrown: unknown;
}

/** Lets every call fail with every error, once and for good; gives how many points there were. */
export async function forEveryError<Context>(options: EveryError<Context>): Promise<number> {
  let points = 0;
  for (const error of options.errors) {
    for (const sticky of options.sticky ?? [false, true]) {
      for (let n = 1; ; n += 1) {
        const context = await options.setUp();
        // A full disk takes what still fits and fails then: every second write is cut first.
        const how = n % 2 === 0 ? 'torn' : 'before';
        const fs = crashingFs(options.inner, { crashAt: n, how, error, sticky, native: options.native });
        let thrown: unknown;
        try {
          await options.run(fs, context);
        } catch (failure) {
          thrown = failure;
        }
        if (ranThrough(fs, n)) {
          if (thrown !== undefined) throw thrown;
          break;
        }
        const operation = fs.crashedAt ?? '';
        const title = `${error} ${sticky ? 'from' : 'at'} operation ${n} (${operation})`;
        await atPoint(title, () => options.check(n, context, { error, sticky, operation, thrown }));
        points += 1;
      }
    }
  }
  proved(points, 'error points');
  return points;
}

/** Whether there was no n-th call. A loop that took anything else for the end would pass without having looked. */
function ranThrough(fs: CrashingFs, n: number): boolean {
  if (fs.crashed === fs.operations.length >= n) return !fs.crashed;
  throw new Error(`bug: ${fs.operations.length} calls were made, and the trouble at call ${n} did not happen.`);
}

async function atPoint(title: string, check: () => unknown): Promise<void> {
  try {
    await check();
  } catch (error) {
    throw new Error(`${title}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

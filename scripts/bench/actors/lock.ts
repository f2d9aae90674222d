// A process of its own that locks: `lock.ts LOCKER PATH hold|take|contend|pairs [N]`. It says a line of JSON per event.
import { closeSync, openSync, rmSync } from 'node:fs';
import { lockers } from './lockers.ts';

const [name = '', lockPath = '', role = '', count = '0'] = process.argv.slice(2);
const acquire = lockers[name]?.();
if (acquire === undefined) throw new Error(`bug: no locker is named ${name}.`);

const roles: Readonly<Record<string, (lock: NonNullable<typeof acquire>) => Promise<void>>> = {
  /** Holds it until it is killed. */
  async hold(lock) {
    await lock(lockPath);
    say({ held: true });
    setInterval(() => undefined, 1_000_000);
  },

  /** Takes it once. */
  async take(lock) {
    say({ waiting: true });
    const release = await lock(lockPath);
    say({ acquired: true });
    await release();
    process.exit(0);
  },

  /** Takes it for a millisecond, again and again for N ms, and looks whether anyone else has it meanwhile. */
  async contend(lock) {
    say({ ready: true });
    await new Promise((resolve) => process.stdin.once('data', resolve));
    const end = performance.now() + Number(count);
    let [acquired, longestMs, together] = [0, 0, 0];
    while (performance.now() < end) {
      const asked = performance.now();
      const release = await lock(lockPath);
      longestMs = Math.max(longestMs, performance.now() - asked);
      acquired += 1;
      if (!holdFor(1)) together += 1;
      await release();
    }
    say({ acquired, longestMs, together });
    process.exit(0);
  },

  /** Locks and unlocks N times without other processes, and reports how many µs one pair takes. */
  async pairs(lock) {
    const once = async () => (await lock(lockPath))();
    for (let n = 0; n < Number(count) / 10; n += 1) await once();
    const started = performance.now();
    for (let n = 0; n < Number(count); n += 1) await once();
    say({ microseconds: ((performance.now() - started) * 1_000) / Number(count) });
    process.exit(0);
  },
};

await roles[role]?.(acquire);

/** False if another process was in the locked section. */
function holdFor(ms: number): boolean {
  const witness = `${lockPath}.witness`;
  try {
    closeSync(openSync(witness, 'wx'));
  } catch {
    return false;
  }
  const end = performance.now() + ms;
  while (performance.now() < end);
  rmSync(witness, { force: true });
  return true;
}

function say(event: object): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

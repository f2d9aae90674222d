// Between processes: never two holders, whatever has become of the first.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { type Actor, startActor, startProcess } from '@wheelwright/testkit/actors';
import { proved, trials } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { inspectLock } from '../src/index.ts';

async function holder(file: string, how: string): Promise<Actor> {
  const actor = startActor(import.meta.url, 'holder', { arguments: [file, how] });
  await actor.hear('ready');
  return actor;
}

async function ask(actor: Actor, line: string, answer: string | RegExp): Promise<string> {
  actor.tell(line);
  return await actor.hear(answer);
}

describe.each(['native', 'plain', 'mtime'])('%s', (how) => {
  test('no second process joins a holder that is stopped or whose event loop is blocked', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const [first, second] = await Promise.all([holder(file, how), holder(file, how)]);
    await ask(first, 'acquire exclusive', 'acquired');
    first.kill('SIGSTOP');
    await ask(second, 'try exclusive', 'busy');
    first.kill('SIGCONT');
    await ask(first, 'block', 'blocking');
    await ask(second, 'try exclusive', 'busy');
    second.tell('acquire exclusive');
    first.kill();
    await second.hear('acquired');
    expect(await first.exited).toMatchObject({ signal: 'SIGKILL' });
  });

  test('a waiter gets the lock of a killed holder', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const [first, second, third] = await Promise.all([holder(file, how), holder(file, how), holder(file, how)]);
    await ask(first, 'acquire exclusive', 'acquired');
    for (const waiter of [second, third]) waiter.tell('acquire exclusive');
    first.kill();
    const acquired = new Map([second, third].map((actor) => [actor, actor.hear('acquired')]));
    const winner = await Promise.race([...acquired].map(([actor, line]) => line.then(() => actor)));
    const other = winner === second ? third : second;
    expect(other.lines).toEqual(['ready']);
    await ask(winner, 'release', 'released');
    await acquired.get(other);
  });

  test('a cancelled wait leaves nothing held and no process in the queue', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const actors = await Promise.all(['first', 'second', 'third', 'fourth'].map(() => holder(file, how)));
    const [first, ...waiters] = actors as [Actor, ...Actor[]];
    await ask(first, 'acquire exclusive', 'acquired');
    for (const waiter of waiters) waiter.tell('acquire exclusive');
    for (const waiter of waiters) await ask(waiter, 'abort', 'failed FSLOCK_ABORTED');
    await ask(first, 'release', 'released');
    await ask(first, 'try exclusive', 'acquired');
  });

  test('a process fails at once when its ancestor holds the lock', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const first = await holder(file, how);
    await ask(first, 'acquire exclusive', 'acquired');
    await ask(first, 'relay exclusive', 'failed FSLOCK_HELD_BY_ANCESTOR');
  });
});

describe.each(['native', 'plain'])('%s', (how) => {
  test('a child that inherited the descriptor keeps the lock when its parent is killed', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const [first, second] = await Promise.all([holder(file, how), holder(file, how)]);
    await ask(first, 'acquire exclusive', 'acquired');
    const child = Number((await ask(first, 'spawn', /^spawned /)).split(' ')[1]);
    first.kill();
    await first.exited;
    await ask(second, 'try exclusive', 'busy');
    expect(await inspectLock(file)).toMatchObject({ state: 'exclusive', holders: [{ pid: child, purpose: 'sh' }] });
    second.tell('acquire exclusive');
    process.kill(child, 'SIGKILL');
    await second.hear('acquired');
  });

  test('a process that shares a lock may share it again while a writer waits', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const [first, writer, stranger] = await Promise.all([holder(file, how), holder(file, how), holder(file, how)]);
    await ask(first, 'acquire shared', 'acquired');
    writer.tell('acquire exclusive');
    await untilBusy(stranger);
    await ask(first, 'relay shared', 'acquired');
    await ask(first, 'acquire shared', 'acquired');
  });

  test('a locked directory excludes other processes as a file does', async () => {
    const dir = temporaryDir();
    const [first, second] = await Promise.all([holder(dir, how), holder(dir, how)]);
    await ask(first, 'acquire exclusive', 'acquired');
    await ask(second, 'try shared', 'busy');
    expect(await inspectLock(dir)).toMatchObject({
      state: 'exclusive',
      holders: [{ pid: first.pid, purpose: 'holder' }],
    });
    second.tell('acquire shared');
    await ask(first, 'release', 'released');
    await second.hear('acquired');
  });

  test('the locks of Python and of this package exclude each other', async () => {
    const file = path.join(temporaryDir(), 'lock');
    const script = [
      'import fcntl, sys',
      'lock = open(sys.argv[1], "a")',
      'for line in sys.stdin:',
      '  try:',
      '    fcntl.flock(lock, getattr(fcntl, line.strip()) | fcntl.LOCK_NB)',
      '    print("done", flush=True)',
      '  except BlockingIOError:',
      '    print("busy", flush=True)',
    ].join('\n');
    const python = startProcess('python3', ['-c', script, file]);
    const ours = await holder(file, how);
    await ask(python, 'LOCK_EX', 'done');
    await ask(ours, 'try exclusive', 'busy');
    await ask(ours, 'try shared', 'busy');
    await ask(python, 'LOCK_SH', 'done');
    await ask(ours, 'try shared', 'acquired');
    await ask(python, 'LOCK_EX', 'busy');
    await ask(ours, 'release', 'released');
    await ask(python, 'LOCK_EX', 'done');
    ours.tell('acquire exclusive');
    await ask(python, 'LOCK_UN', 'done');
    await ours.hear('acquired');
    await ask(python, 'LOCK_SH', 'busy');
  });
});

test('a holder that is stopped or blocked for long counts as alive', async () => {
  const ms = 1000 * trials(5, 60);
  const refused = await Promise.all(
    ['native', 'plain', 'mtime'].flatMap((how) => [outlast(how, 'stop', ms), outlast(how, 'block', ms)]),
  );
  proved(
    refused.reduce((sum, count) => sum + count, 0),
    `tries to join a holder away for ${ms / 1000} s`,
  );
});

/** How often a second holder was refused while the first was away for `ms`. */
async function outlast(how: string, away: 'stop' | 'block', ms: number): Promise<number> {
  const file = path.join(temporaryDir(), 'lock');
  const [first, second] = await Promise.all([holder(file, how), holder(file, how)]);
  await ask(first, 'acquire exclusive', 'acquired');
  if (away === 'stop') first.kill('SIGSTOP');
  else await ask(first, `block ${ms}`, 'blocking');
  let refused = 0;
  for (const end = performance.now() + ms; performance.now() < end; await wait(50)) {
    await ask(second, 'try exclusive', 'busy');
    refused += 1;
  }
  if (away === 'stop') first.kill('SIGCONT');
  else await first.hear('unblocked');
  await ask(first, 'release', 'released');
  await ask(second, 'try exclusive', 'acquired');
  return refused;
}

test('a process that ends without releasing leaves no owner file', async () => {
  const dir = temporaryDir();
  const holder = startActor(import.meta.url, 'holder', { arguments: [path.join(dir, 'lock'), 'mtime'] });
  holder.tell('acquire exclusive');
  await holder.hear('acquired');
  expect(readdirSync(dir)).toEqual(['lock', 'lock.held']);
  holder.hangUp();
  expect(await holder.exited).toMatchObject({ code: 0 });
  expect(readdirSync(dir)).toEqual(['lock']);
});

/** Until a waiter has closed the gate: only then is one who would share refused. */
async function untilBusy(actor: Actor): Promise<void> {
  for (;;) {
    if ((await ask(actor, 'try shared', /^(?:busy|acquired)$/)) === 'busy') return;
    await ask(actor, 'release', 'released');
  }
}

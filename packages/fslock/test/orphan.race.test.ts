// A process that is killed while a child waits in its place: the child goes with it.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Actor, startActor } from '@wheelwright/testkit/actors';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';

const patience = { timeout: 120_000, interval: 10 };
const canTie =
  spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 &&
  existsSync(`/proc/${process.pid}/task/${process.pid}/children`) &&
  existsSync('/proc/locks');

test.skipIf(!canTie)('killed while it waits, it leaves no process behind', async () => {
  const file = path.join(temporaryDir(), 'lock');
  // Held by a process that is not an ancestor: a process never waits for an ancestor.
  const [holder, waiter] = [1, 2].map(() => startActor(import.meta.url, 'holder', { arguments: [file, 'plain'] })) as [
    Actor,
    Actor,
  ];
  for (const actor of [holder, waiter]) await actor.hear('ready');
  holder.tell('acquire exclusive');
  await holder.hear('acquired');
  waiter.tell('acquire exclusive');
  await expect.poll(() => waitingChildOf(waiter.pid), patience).toBeDefined();
  const child = waitingChildOf(waiter.pid)!;
  waiter.kill();
  await waiter.exited;
  await expect.poll(() => isWaiting(child), patience).toBe(false);
});

function waitingChildOf(pid: number): number | undefined {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number).find(isWaiting);
}

/** The kernel lists who is blocked with an arrow; one that is granted a queue or a gate at once is not among them. */
function isWaiting(pid: number): boolean {
  return new RegExp(`-> FLOCK +\\w+ +\\w+ ${pid} `).test(readFileSync('/proc/locks', 'utf8'));
}

// Processes as /proc shows them, and those that are left when one that installs is killed.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startActor } from '@wheelwright/testkit/actors';
import { changeEnvironment } from '../src/index.ts';
import type { CheckerTask } from './actors/checker.ts';

/** The processes whose working directory is below `dir`. */
export function processesIn(dir: string): string[] {
  const script =
    'for p in /proc/[0-9]*; do d=$(readlink $p/cwd 2>/dev/null); case "$d" in "$0"*) echo "$p";; esac; done';
  return execFileSync('/bin/sh', ['-c', script, dir], { encoding: 'utf8', cwd: '/' }).split('\n').filter(Boolean);
}

/** Kills a process whose check has said `ready`; gives what of it still runs when the next one gets the lock. */
export async function leftByKilled(task: CheckerTask): Promise<string[]> {
  const dir = path.dirname(task.environmentDir);
  writeFileSync(path.join(dir, 'task.json'), JSON.stringify(task));
  const actor = startActor(import.meta.url, 'checker', { arguments: [path.join(dir, 'task.json')] });
  await actor.hear('ready');
  actor.kill();
  await actor.exited;
  let running: string[] = [];
  await changeEnvironment(task.environmentDir, () => {
    running = processesIn(dir);
    return { add: [], remove: [] };
  });
  return running;
}

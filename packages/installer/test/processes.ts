// Processes as /proc shows them.
import { execFileSync } from 'node:child_process';

/** The processes whose working directory lies below `dir`. */
export function processesIn(dir: string): string[] {
  const script =
    'for p in /proc/[0-9]*; do d=$(readlink $p/cwd 2>/dev/null); case "$d" in "$0"*) echo "$p";; esac; done';
  return execFileSync('/bin/sh', ['-c', script, dir], { encoding: 'utf8', cwd: '/' }).split('\n').filter(Boolean);
}

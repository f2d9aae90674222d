// Finds the processes that hold a flock. /proc/PID/fdinfo/FD lists the locks of each open descriptor. /proc/locks is less
// exact: it names the process that asked for the lock, which may be a helper that has ended. On platforms without /proc
// nothing is found, and no caller relies on the absence of a holder.
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import path from 'node:path';
import { printable } from './holder.ts';
import type { Inode } from './open-lock-file.ts';
import type { LockMode } from './ports.ts';

/** A process seen to hold a lock. */
export interface Sighting {
  readonly pid: number;
  readonly mode: LockMode;
}

/** The process numbers of this process's ancestors, nearest first. */
export function ancestorIds(): number[] {
  const ids: number[] = [];
  for (let pid = process.ppid; pid > 0 && ids.length < 100; ) {
    ids.push(pid);
    const stat = readOr(`/proc/${pid}/stat`, '');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return ids;
}

/** Every process that is seen to hold a lock on `inode`. */
export function findHolders(inode: Inode): Sighting[] {
  return listOr('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const mode = heldBy(Number(name), inode);
      return mode === undefined || mode === 'unreadable' ? [] : [{ pid: Number(name), mode }];
    });
}

/** The mode in which the process holds `inode`; `'unreadable'` when it belongs to another user. */
export function heldBy(pid: number, inode: Inode): LockMode | 'unreadable' | undefined {
  const names = listOr(`/proc/${pid}/fdinfo`, 'unreadable');
  if (names === 'unreadable') return names;
  let found: LockMode | undefined;
  for (const name of names) {
    const mode = flockIn(readOr(`/proc/${pid}/fdinfo/${name}`, ''), inode.ino);
    if (mode === undefined || !leadsTo(`/proc/${pid}/fd/${name}`, inode)) continue;
    if (mode === 'exclusive') return mode;
    found = mode;
  }
  return found;
}

/** Describes `node tool.js install` as `tool install`: program and subcommand, never an argument that could be a secret. */
export function describeProgram(pid: number): string | undefined {
  const words = readOr(`/proc/${pid}/cmdline`, '').split('\0').filter(Boolean);
  const [first, second = ''] = words;
  if (first === undefined) return undefined;
  const interprets = /^(?:node|nodejs|python[\d.]*|sh|bash|dash)$/.test(path.basename(first));
  const at = !interprets ? 0 : second === '-m' ? 2 : second === '' || second.startsWith('-') ? 0 : 1;
  const name = printable(path.basename(words[at] ?? first)).replace(/\.(?:[cm]?js|py)$/, '');
  const command = words[at + 1] ?? '';
  return /^[a-z][a-z-]{0,20}$/.test(command) ? `${name} ${command}` : name;
}

/** Whether /proc shows every process of this machine rather than those of one container. */
export function seesEveryProcess(): boolean {
  try {
    return readlinkSync('/proc/self/ns/pid') === 'pid:[4026531836]'; // the number of the first namespace is fixed
  } catch {
    return false;
  }
}

/** The locks on `inode` in /proc/locks; their process numbers can be those of processes that have ended. */
export function listedLocks({ dev, ino }: Inode): Sighting[] {
  const hex = (number: bigint) => number.toString(16).padStart(2, '0');
  const [major, minor] = [((dev >> 8n) & 0xfffn) | ((dev >> 32n) & ~0xfffn), (dev & 0xffn) | ((dev >> 12n) & ~0xffn)];
  const target = `${hex(major)}:${hex(minor)}:${ino}`;
  return readOr('/proc/locks', '')
    .split('\n')
    .map((line) => /^\d+: FLOCK +ADVISORY +(READ|WRITE) +(\d+) +(\S+)/.exec(line))
    .filter((match) => match?.[3] === target)
    .map((match) => ({ pid: Number(match?.[2]), mode: match?.[1] === 'WRITE' ? 'exclusive' : 'shared' }));
}

function flockIn(fdinfo: string, ino: bigint): LockMode | undefined {
  const match = /^lock:\s+\d+: FLOCK +ADVISORY +(READ|WRITE) .*:(\d+) /m.exec(fdinfo);
  if (match === null || match[2] !== String(ino)) return undefined;
  return match[1] === 'WRITE' ? 'exclusive' : 'shared';
}

function leadsTo(file: string, inode: Inode): boolean {
  try {
    const stats = statSync(file, { bigint: true });
    return stats.dev === inode.dev && stats.ino === inode.ino;
  } catch {
    return false;
  }
}

function listOr<Otherwise = never>(dir: string, otherwise?: Otherwise): string[] | Otherwise {
  try {
    return readdirSync(dir);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' && otherwise !== undefined ? otherwise : [];
  }
}

function readOr(file: string, otherwise: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return otherwise; // the process has ended, or belongs to another user
  }
}

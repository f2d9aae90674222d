// Identifies a process by host, boot, process namespace, number and start time, so that another can prove it dead.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process of one machine since one boot. */
export interface ProcessIdentity {
  /** Host, boot and process namespace in which `pid` is valid; absent on platforms that do not report them. */
  readonly place?: string | undefined;
  /** Process number. */
  readonly pid: number;
  /** Start time in clock ticks since boot, proc(5) field 22. */
  readonly start?: string | undefined;
}

/** The identity of this process. */
export function ownIdentity(): ProcessIdentity {
  return { place: ownPlace(), pid: process.pid, start: startOf(process.pid) };
}

/** Whether the process belongs to this machine, boot and namespace; its number means nothing elsewhere. */
export function isOfHere({ place }: ProcessIdentity): boolean {
  return place !== undefined && place === ownPlace();
}

/** Whether the process is proven to have ended; false when there is no proof. */
export function isProvenDead(identity: ProcessIdentity): boolean {
  return isOfHere(identity) && identity.start !== undefined && startOf(identity.pid) !== identity.start;
}

function ownPlace(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${hostname()} ${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}

function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]; // a zombie holds no locks
  } catch {
    return undefined;
  }
}

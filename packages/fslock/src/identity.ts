// Which process, told so exactly that another one can prove it dead: by host, boot, process namespace, number and start.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** A process of one machine since one boot. */
export interface ProcessIdentity {
  /** Where its number means anything; absent on platforms that cannot tell. */
  readonly place?: string | undefined;
  readonly pid: number;
  /** When it started, in ticks since the boot. */
  readonly start?: string | undefined;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  return { place: ownPlace(), pid: process.pid, start: startOf(process.pid) };
}

/** Whether that process is, or was, one of this machine, boot and namespace: only then does its number mean anything. */
export function isOfHere({ place }: ProcessIdentity): boolean {
  return place !== undefined && place === ownPlace();
}

/** Whether that process is proven to have ended. What cannot be proven is false. */
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
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]; // a zombie holds nothing any more
  } catch {
    return undefined;
  }
}

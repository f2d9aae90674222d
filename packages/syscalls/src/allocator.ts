// What the C library does with memory that was freed. It is a setting of the whole process, so a program makes it, and a
// library does not.
import { nativeCalls } from './koffi.ts';

const mmapThreshold = -3; // M_MMAP_THRESHOLD of glibc

/**
 * From now on each allocation of `fromBytes` and more is a mapping of its own, which goes back to the system when it is
 * freed. Without this glibc raises that limit to 32 MiB as large memory is freed, and keeps what was. True where the C
 * library has the setting (glibc); elsewhere, and without native calls, false, and nothing changes.
 */
export function returnFreedMemory(fromBytes: number): boolean {
  return nativeCalls()?.mallopt?.(mmapThreshold, fromBytes) === true;
}

// Modes that do not depend on the umask. The files of an entry are linked into environments, where other users read
// them, so a store that is filled under umask 077 must look like one that is filled under 022.
import { readFileSync } from 'node:fs';
import type { Fs } from '@wheelwright/atomic-fs';

/**
 * `fs`, with every new file and directory given the mode that was asked for, whatever the umask. Under a usual umask no
 * call is added. After a crash between the two calls an entry that is not published has the narrower mode.
 */
export function withExactModes(fs: Fs, umask: () => number = readUmask): Fs {
  let mask: number | undefined;
  const lacks = (mode: number | undefined): mode is number => {
    if (mode === undefined) return false;
    mask ??= umask();
    return (mode & mask) !== 0;
  };
  return {
    ...fs,
    open(path, flags, mode) {
      const fd = fs.open(path, flags, mode);
      if (!lacks(mode)) return fd;
      try {
        fs.chmod(path, mode);
      } catch (error) {
        fs.close(fd);
        throw error;
      }
      return fd;
    },
    mkdir(path, mode) {
      fs.mkdir(path, mode);
      if (lacks(mode)) fs.chmod(path, mode);
    },
  };
}

// process.umask() sets the mask to 0 for a moment, in which another thread may create files, so Linux is asked first.
function readUmask(): number {
  try {
    const found = /^Umask:\s*([0-7]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    if (found !== null) return Number.parseInt(found[1]!, 8);
  } catch {
    // Not Linux.
  }
  return process.umask();
}

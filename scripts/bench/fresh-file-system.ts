// Fresh ext4 file systems on loop devices. After a removal ext4 searches long for a free inode, which costs every tool
// the same time and draws all ratios towards 1. So each series of runs gets a file system on which nothing was removed.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';

const imageBytes = '24G';

/** A mounted file system. */
export interface FreshFileSystem {
  /** Unmounts the file system and removes its image. */
  close(): void;
}

/** Mounts a new ext4 file system at `dir`; undefined where this user or machine cannot (no root, no loop device). */
export function mountFreshFileSystem(dir: string): FreshFileSystem | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const image = `${dir}.image`;
  mkdirSync(dir, { recursive: true });
  const mounted =
    succeeds('truncate', '-s', imageBytes, image) &&
    succeeds('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image) &&
    succeeds('mount', '-o', 'loop', image, dir);
  if (!mounted) {
    rmSync(image, { force: true });
    return undefined;
  }
  return {
    close() {
      // A lazy unmount also succeeds while a process that has not ended yet has its directory there.
      if (!succeeds('umount', dir)) succeeds('umount', '-l', dir);
      rmSync(image, { force: true });
    },
  };
}

function succeeds(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0;
}

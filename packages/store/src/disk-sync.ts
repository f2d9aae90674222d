// Brings the store to the disk beside the work: on another thread, early while more is unpacked, and once more before
// names are given.
import { type Fs, nodeFs, type SyncSet, syncEachOf, syncTogetherBeside, trySyncBeside } from '@wheelwright/atomic-fs';

// So many bytes of wheels that were unpacked since the last sync are worth one of their own.
const worthASync = 24 * 1024 * 1024;

/** The syncs of one open store. */
export class DiskSync {
  readonly #fs: Fs;
  #unsynced = 0;
  #early: Promise<void> | undefined;
  #hasFailed = false;

  constructor(fs: Fs) {
    this.#fs = fs;
  }

  /** Resolves when `places` are on the disk; throws what the disk throws. */
  async sync(places: SyncSet): Promise<void> {
    this.#unsynced = 0;
    await this.#early;
    // The kernel reports a failed write to one sync only, possibly an earlier one, so ask for each file.
    if (this.#hasFailed) syncEachOf(places, { fs: this.#fs });
    else await syncTogetherBeside(places, { fs: this.#fs });
  }

  /** Says that a wheel of `size` bytes was unpacked into `dir`. After many such bytes an early sync starts. */
  unpacked(dir: string, size: number): void {
    this.#unsynced += size;
    const isReal = this.#fs.syncFileSystem === nodeFs.syncFileSystem;
    if (!isReal || this.#hasFailed || this.#unsynced < worthASync || this.#early !== undefined) return;
    this.#unsynced = 0;
    this.#early = trySyncBeside(dir, { fs: this.#fs }).then((isOnDisk) => {
      this.#hasFailed = !isOnDisk;
      this.#early = undefined;
    });
  }
}

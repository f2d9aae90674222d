// Where downloads go: into memory while there is room, else to the disk. A download that finds no room waits where that
// delays nothing: while others keep the network busy, or while more wheels have come than there are threads to unpack them.

/** A place for one download. */
export interface DownloadPlace {
  /** So many bytes may come into memory; 0: the download goes to the disk. */
  readonly memoryLimit: number;
  /** Says that it has come, whole or not at all. */
  arrived(): void;
  /** Says that nothing of it is in memory any more. A second call does nothing. */
  release(): void;
}

export interface DownloadRoomOptions {
  /** Bytes of all downloads in memory together. */
  readonly bytes: number;
  /** So many wheels are unpacked at once. */
  readonly threads: number;
}

// So many downloads at once keep a network busy.
const busyNetwork = 3;

export class DownloadRoom {
  readonly #bytes: number;
  readonly #threads: number;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #coming = 0;
  #here = 0;

  constructor({ bytes, threads }: DownloadRoomOptions) {
    this.#bytes = bytes;
    this.#threads = threads;
  }

  /** A place for a download of `size` bytes; one that is larger than all room gets one on the disk at once. */
  async take(size: number): Promise<DownloadPlace> {
    while (size <= this.#bytes && this.#taken + size > this.#bytes && this.#mayWait()) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    const memoryLimit = this.#taken + size <= this.#bytes ? size : 0;
    this.#taken += memoryLimit;
    this.#coming += 1;
    let state: 'coming' | 'here' | 'gone' = 'coming';
    const arrived = () => {
      if (state !== 'coming') return;
      state = 'here';
      this.#coming -= 1;
      this.#here += 1;
      this.#wake();
    };
    const release = () => {
      arrived();
      if (state === 'gone') return;
      state = 'gone';
      this.#here -= 1;
      this.#taken -= memoryLimit;
      this.#wake();
    };
    return { memoryLimit, arrived, release };
  }

  // What it waits for ends without it: those that come or are here hold all that they need.
  #mayWait(): boolean {
    return this.#coming >= busyNetwork || this.#here > this.#threads;
  }

  /** Lets waiting downloads check again, in the order of their arrival. */
  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

// Records what the result of a command depends on, apart from the environment: files that the command read or looked for,
// and how long the index pages behind it are fresh. A caller that caches a result uses this to tell whether it still holds.
import path from 'node:path';

/** What one result depends on. */
export interface AnswerBasis {
  /** Absolute paths of files that were read, or looked for and not found. */
  readonly files: readonly string[];
  /** Until when the index pages behind the result are fresh (RFC 9111), in milliseconds since 1970. */
  readonly until: number;
}

/** Collects the basis while a command runs. */
export class BasisRecorder {
  readonly #files = new Set<string>();
  #until = Number.POSITIVE_INFINITY;
  #isUncertain = false;

  /** Records a file, also one that was not found. Anything but an absolute path (a URL, standard input) is uncertain. */
  readFile(file: string): void {
    if (path.isAbsolute(file)) this.#files.add(file);
    else this.#isUncertain = true;
  }

  /** Records until when a part of the result holds. */
  holdsUntil(ms: number): void {
    this.#until = Math.min(this.#until, ms);
  }

  /** Records that the result depends on more than files and pages: a warning, a source build, an editable install. */
  isUncertain(): void {
    this.#isUncertain = true;
  }

  /** The recorded basis; undefined if the result must not be cached. */
  basis(): AnswerBasis | undefined {
    return this.#isUncertain ? undefined : { files: [...this.#files], until: this.#until };
  }
}

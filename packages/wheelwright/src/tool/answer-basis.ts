// What the answer of a command rests on beside the environment: the files that it read or looked for, and how long the
// index pages behind it may be believed. A caller that keeps an answer asks this whether it still holds.
import path from 'node:path';

/** The basis of one answer. */
export interface AnswerBasis {
  /** Absolute paths of files that were read, or looked for and not found. */
  readonly files: readonly string[];
  /** Until when the pages behind the answer may be used without asking, in milliseconds since 1970. */
  readonly until: number;
}

/** Collects the basis while a command runs. */
export class BasisRecorder {
  readonly #files = new Set<string>();
  #until = Number.POSITIVE_INFINITY;
  #isUncertain = false;

  /** Notes a file, also one that was not found. What is no absolute path (a URL, the standard input) is uncertain. */
  readFile(file: string): void {
    if (path.isAbsolute(file)) this.#files.add(file);
    else this.#isUncertain = true;
  }

  /** Notes until when a part of the answer holds. */
  holdsUntil(ms: number): void {
    this.#until = Math.min(this.#until, ms);
  }

  /** Notes that the answer rests on more than files and pages: a warning, a source that is built, an editable. */
  isUncertain(): void {
    this.#isUncertain = true;
  }

  /** What was noted; undefined where the answer may not be kept. */
  basis(): AnswerBasis | undefined {
    return this.#isUncertain ? undefined : { files: [...this.#files], until: this.#until };
  }
}

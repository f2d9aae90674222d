// Collects the output of the hooks line by line, and replaces paths of the snapshot by those of the user's tree. Every line
// also goes into a file at once, so that the log of a hanging build can be read. Memory omits the middle of a long log.
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

export interface ShownPath {
  readonly from: string;
  readonly to: string;
}

const longestLine = 16_384;
const keptLines = 20_000;

export interface BuildLogOptions {
  /** Receives each line as it comes, without its line break. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** The path of a log file, created with the first line. */
  readonly file?: string | undefined;
}

/** Collects output. */
export class BuildLog {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #file: string | undefined;
  #fd: number | undefined;
  readonly #first: string[] = [];
  #last: string[] = [];
  #dropped = 0;
  #partial = '';
  #shown: readonly ShownPath[] = [];

  constructor({ onLine, file }: BuildLogOptions = {}) {
    this.#onLine = onLine;
    this.#file = file;
  }

  /** Closes the file and returns its path; undefined if nothing was printed. */
  close(): string | undefined {
    this.flush();
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    return this.#file !== undefined && existsSync(this.#file) ? this.#file : undefined;
  }

  /** From now on, replaces these prefixes by the given ones. */
  showAs(shown: readonly ShownPath[]): void {
    this.#shown = [...this.#shown, ...shown].sort((a, b) => b.from.length - a.from.length);
  }

  /** Replaces every path of the snapshot in `text` by the user's path. */
  translate(text: string): string {
    let translated = text;
    for (const { from, to } of this.#shown) translated = translated.replaceAll(from, to);
    return translated;
  }

  write(chunk: Buffer): void {
    const lines = (this.#partial + this.#decoder.write(chunk)).split('\n');
    this.#partial = lines.pop()!;
    for (const line of lines) this.#add(line);
    if (this.#partial.length > longestLine) this.flush();
  }

  /** Ends an unfinished line. */
  flush(): void {
    if (this.#partial !== '') this.#add(this.#partial);
    this.#partial = '';
  }

  /** The whole text so far. */
  get text(): string {
    const middle = this.#dropped === 0 ? [] : [`[${this.#dropped} lines omitted]`];
    const lines = [...this.#first, ...middle, ...this.#last];
    return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
  }

  /** The last `count` lines. */
  tail(count: number): string {
    return [...this.#first, ...this.#last].slice(-count).join('\n');
  }

  #add(raw: string): void {
    const line = this.translate(raw.endsWith('\r') ? raw.slice(0, -1) : raw);
    this.#onLine?.(line);
    this.#append(line);
    if (this.#first.length < keptLines) {
      this.#first.push(line);
      return;
    }
    this.#last.push(line);
    if (this.#last.length > 2 * keptLines) {
      this.#dropped += keptLines;
      this.#last = this.#last.slice(keptLines);
    }
  }
  #append(line: string): void {
    if (this.#file === undefined) return;
    this.#fd ??= openSync(this.#file, 'a');
    writeSync(this.#fd, `${line}\n`);
  }
}

/** What Python's `warnings` prints, `file.py:12: SomeWarning: text`, as `SomeWarning: text`; undefined for other lines. */
export function warningIn(line: string): string | undefined {
  const [, category, text = ''] = /^\S.*?:\d+: (\w*Warning): (.*)$/.exec(line) ?? [];
  return category === undefined || text.trim() === '' ? undefined : `${category}: ${text.trim()}`;
}

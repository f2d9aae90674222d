// The lines below the last message of a terminal that are drawn again and again, and leave nothing behind. Loaded only
// where there is a terminal. log-update, tried here, leaves a line over when there are fewer of them than before. The
// cursor is not hidden, so that nothing has to be put back when the process is killed.
import { write } from './output-stream.ts';

/** How often the lines are drawn when nothing happens, in ms. */
const frameMs = 100;

/** The size of a terminal, in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Draws on the terminal that is stderr until it is stopped. */
export class LiveScreen {
  readonly #stream: Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'on' | 'off'>;
  readonly #draw: (size: ScreenSize) => readonly string[];
  readonly #print: (text: string) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #onResize = () => this.render();
  #lastMs = 0;
  /** How wide the lines are that are on the screen. */
  #widths: readonly number[] = [];

  constructor(
    stream: Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'on' | 'off'>,
    draw: (size: ScreenSize) => readonly string[],
    print: (text: string) => void = (text) => write(2, text),
  ) {
    this.#stream = stream;
    this.#draw = draw;
    this.#print = print;
    this.#timer = setInterval(() => this.render(), frameMs);
    this.#timer.unref();
    stream.on('resize', this.#onResize);
  }

  /** Draws now, unless it just has: work that keeps the timer from its turn calls this between its steps. */
  renderSoon(): void {
    if (Date.now() - this.#lastMs >= frameMs) this.render();
  }

  /** Draws the lines of this moment over those that are on the screen. */
  render(): void {
    this.#lastMs = Date.now();
    const { columns = 80, rows = 24 } = this.#stream;
    // Room at the end for the ^C that a terminal prints; a screen that fills the last row would scroll.
    const lines = this.#draw({ columns: columns - 3, rows: Math.max(1, rows - 2) });
    const erase = this.#eraser(columns);
    if (erase + lines.join('') === '') return;
    this.#print(`${erase}${lines.join('\n')}`);
    this.#widths = lines.map((line) => line.replace(/\u001B\[\d+m/g, '').length);
  }

  /** Takes the lines away; what is printed next is where they were. */
  clear(): void {
    const erase = this.#eraser(this.#stream.columns ?? 80);
    if (erase !== '') this.#print(erase);
    this.#widths = [];
  }

  /** Takes the lines away for good. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stream.off('resize', this.#onResize);
    this.clear();
  }

  /**
   * From the end of the last line to the beginning of the first, and everything below it gone. A terminal that became
   * narrower has wrapped the lines: they take more rows than were drawn.
   */
  #eraser(columns: number): string {
    if (this.#widths.length === 0) return '';
    const rows = this.#widths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    return `${rows > 1 ? `\u001B[${rows - 1}A` : ''}\r\u001B[J`;
  }
}

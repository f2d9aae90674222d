// What a command prints: results on stdout, everything for people on stderr; with `--json` one event a line on stdout.
// Writes are synchronous and never throw: an output that was closed early must not undo what a command did. What stdout
// did not accept is reported at the end, unless its reader has closed it.
import { redactUrls } from '@wheelwright/errors';
import type { ToolEvent } from 'wheelwright';
import { isTerminal } from '../is-terminal.ts';
import { describeCache, describeEvent } from './describe-event.ts';
import type { LiveScreen } from './live-screen.ts';
import { write } from './output-stream.ts';
import { Progress } from './progress.ts';
import { type ColorChoice, createStyle, type Style, wantsColor } from './style.ts';

export interface OutputOptions {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: ColorChoice;
  /** false: no live display. */
  readonly progress?: boolean | undefined;
}

/** What begins the live display: everything that may take a while. */
const lasting = new Set(['looking-up', 'downloading', 'building', 'waiting', 'installing', 'checking']);

/** One command's two streams. */
export class Output {
  readonly json: boolean;
  readonly #quiet: boolean;
  readonly #verbose: boolean;
  /** Whether the reasons for builds are shown. */
  explains = false;
  readonly #building = new Set<string>();
  readonly #reported = new Set<string>();
  #lost: NodeJS.ErrnoException | undefined;
  readonly #done: string[] = [];
  #stdout = '';
  #hasWarned = false;
  /** The command ends with an account of what it changed, which makes a line for the commit needless. */
  accounts = false;
  /** For lines of results, which go to stdout. */
  readonly style: Style;
  /** For messages, which go to stderr. */
  readonly messageStyle: Style;
  readonly #isLive: boolean;
  readonly #progress = new Progress();
  #screen: LiveScreen | undefined;
  #isLoading = false;
  #isClosed = false;

  constructor(options: OutputOptions) {
    this.style = createStyle(wantsColor(1, options.color));
    this.messageStyle = createStyle(wantsColor(2, options.color));
    const isQuiet = options.json === true || options.quiet === true || options.progress === false;
    this.#isLive = !isQuiet && isTerminal(2) && process.env.TERM !== 'dumb';
    this.json = options.json === true;
    this.#quiet = options.quiet === true;
    this.#verbose = options.verbose === true;
  }

  /** A line of the command's result, for people; with `--json` the result is an event instead. */
  result(text: string): void {
    if (!this.json) this.#print(`${text}\n`);
  }

  /** An event of the command itself, printed only with `--json`. */
  event(event: Readonly<Record<string, unknown>> & { readonly event: string }): void {
    if (this.json) this.#print(`${redactUrls(JSON.stringify(event))}\n`);
  }

  /** Why stdout lacks something that was printed: a full disk, say. A reader that has gone away lacks nothing. */
  get lost(): NodeJS.ErrnoException | undefined {
    return this.#lost;
  }

  /** What a command that did not end by itself leaves behind, as a sentence. */
  get account(): string {
    return this.#done.length === 0 ? 'Nothing was changed.' : `Before that: ${this.#done.join(', ')}; it stays.`;
  }

  /** Notes that something is done which an interruption does not take back: `made .venv`. */
  did(what: string): void {
    this.#done.push(what);
  }

  /** A message for people, on stderr. */
  message(text: string): void {
    if (!this.#quiet) this.error(text);
  }

  /** A message that `--quiet` does not silence. */
  error(text: string): void {
    this.#screen?.clear();
    const { warning, error, muted } = this.messageStyle;
    const painted = text
      .replace(/^warning:/, warning('warning:'))
      .replace(/^ww:/, error('ww:'))
      .replace(/^ {4}`ww help [A-Z0-9_]+` says more\.$/m, (line) => muted(line));
    write(2, `${redactUrls(painted)}\n`);
  }

  /** Takes the live display away; nothing is drawn any more. */
  close(): void {
    this.#isClosed = true;
    this.#screen?.stop();
    this.#screen = undefined;
  }

  #show(event: ToolEvent): void {
    if (!this.#isLive || this.#isClosed) return;
    this.#progress.add(event, Date.now());
    if (this.#screen !== undefined) this.#screen.renderSoon();
    else if (lasting.has(event.event)) void this.#open();
  }

  /** Loaded only for a terminal, and only where something takes a while. */
  async #open(): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    const { LiveScreen } = await import('./live-screen.ts');
    if (this.#isClosed) return;
    this.#screen = new LiveScreen(process.stderr, (size) => this.#progress.draw(Date.now(), size, this.messageStyle));
  }

  /** Everything that was printed on stdout. */
  get printed(): string {
    return this.#stdout;
  }

  /** Whether this command began a build of the source. */
  hasBuilt(source: string): boolean {
    return this.#building.has(source);
  }

  /** Whether the command warned of something, so that it should warn each time. */
  get hasWarned(): boolean {
    return this.#hasWarned;
  }

  #print(text: string): void {
    this.#stdout += text;
    this.#screen?.clear();
    const error = write(1, text);
    if (error !== undefined && error.code !== 'EPIPE') this.#lost ??= error;
  }

  /** Receives the library's events. */
  readonly onEvent = (event: ToolEvent): void => {
    this.event(event);
    if (event.event === 'warning' || event.event === 'recovered') this.#hasWarned = true;
    if (event.event === 'committed') this.did(`${event.environment} was changed`);
    if (event.event === 'built') this.did(`${event.path} was built`);
    if (event.event === 'building') this.#building.add(event.source);
    const isKnown = event.event === 'build-cache' && this.#reported.has(event.source);
    const text =
      event.event === 'build-cache'
        ? describeCache(event, this.explains, isKnown)
        : describeEvent(event, this.#verbose, this.#building.size > 1, this.accounts);
    if (event.event === 'building' || (event.event === 'build-cache' && event.state === 'hit'))
      this.#reported.add(event.source);
    if (text !== undefined && !this.json) this.message(text);
    this.#show(event);
  };
}

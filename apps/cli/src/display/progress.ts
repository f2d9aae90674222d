// What is under way, from the events of a run, drawn as lines for a terminal of any size. Pure: events and a time in,
// lines out; `live-screen.ts` shows them.
import path from 'node:path';
import type { ToolEvent } from 'wheelwright';
import type { Style } from './style.ts';

interface Download {
  received: number;
  total: number | undefined;
}

interface Build {
  readonly label: string;
  readonly since: number;
  hook: string | undefined;
  hookSince: number;
}

/** Characters of a build's label that are shown before its phase is left out. */
const shortestLabel = 14;

/** The state of a run. */
export class Progress {
  #names = 0;
  #name: string | undefined;
  #resolving = false;
  #files = 0;
  #bytes: number | undefined;
  #doneFiles = 0;
  #doneBytes = 0;
  #firstDownload: number | undefined;
  readonly #downloads = new Map<string, Download>();
  readonly #unpacking = new Set<string>();
  readonly #builds = new Map<string, Build>();
  readonly #buildWaits = new Map<string, string>();
  #builtOf: { readonly ended: number; readonly of: number } | undefined;
  readonly #waits = new Map<string, { readonly text: string; readonly since: number }>();
  #step: { readonly text: string; readonly since: number } | undefined;

  /** Takes an event that happened at `now`, in ms. */
  add(event: ToolEvent, now: number): void {
    switch (event.event) {
      case 'looking-up':
        this.#resolving = true;
        this.#names += 1;
        this.#name = event.name;
        break;
      case 'resolved':
        this.#resolving = false;
        this.#names = 0;
        break;
      case 'fetching':
        this.#files += event.files;
        this.#bytes = event.bytes === undefined ? this.#bytes : (this.#bytes ?? 0) + event.bytes;
        break;
      case 'downloading':
        this.#firstDownload ??= now;
        this.#downloads.set(event.filename, { received: 0, total: event.size });
        break;
      case 'download-progress':
        this.#downloads.set(event.filename, { received: event.received, total: event.total });
        break;
      case 'downloaded':
        this.#downloads.delete(event.filename);
        this.#unpacking.add(event.filename);
        this.#doneFiles += 1;
        this.#doneBytes += event.size;
        break;
      case 'unpacked':
        this.#unpacking.delete(event.filename);
        break;
      case 'prepared':
        this.#downloads.clear();
        this.#unpacking.clear();
        this.#files = this.#doneFiles = this.#doneBytes = 0;
        this.#bytes = undefined;
        break;
      case 'building': {
        const label = `${event.kind} of ${path.basename(event.source)}`;
        this.#builds.set(event.source, { label, since: now, hook: undefined, hookSince: now });
        break;
      }
      case 'build-hook': {
        const build = this.#builds.get(event.source);
        if (build === undefined) break;
        if (event.state === 'ended') break;
        // The label names the kind.
        build.hook = event.hook.replace(/_for_build_\w+$/, '').replaceAll('_', ' ');
        build.hookSince = now;
        break;
      }
      case 'build-phase': {
        const build = this.#builds.get(event.source);
        if (build === undefined) break;
        build.hook = event.phase === 'queue' ? 'waiting for a job' : event.phase;
        build.hookSince = now;
        break;
      }
      case 'builds':
        this.#builtOf = event;
        break;
      case 'build-waits':
        if (event.for.length === 0) this.#buildWaits.delete(event.source);
        else this.#buildWaits.set(event.source, `${path.basename(event.source)} waits for ${event.for.join(', ')}`);
        break;
      case 'built':
      case 'build-stopped':
        this.#builds.delete(event.source);
        break;
      case 'waiting':
        this.#waits.set(event.path, {
          text: `Waiting for ${event.path}${event.holder === undefined ? '' : `, held by ${event.holder}`}`,
          since: now - 1000,
        });
        break;
      case 'locked':
        this.#waits.delete(event.path);
        break;
      case 'installing':
        this.#waits.clear();
        this.#step = { text: `Installing ${event.packages} package${event.packages === 1 ? '' : 's'}`, since: now };
        break;
      case 'checking':
        this.#step = { text: `Checking ${event.check}`, since: now };
        break;
      case 'checked':
      case 'committed':
        this.#step = undefined;
        break;
      default:
    }
  }

  /** What is under way, one thing a line, no line longer than `columns`, no more than `rows` of them. */
  draw(now: number, { columns, rows }: { readonly columns: number; readonly rows: number }, style: Style): string[] {
    const lines = [
      ...this.#waitLines(now, columns),
      ...this.#resolveLines(columns),
      ...this.#buildLines(now, columns),
      ...this.#downloadLines(now, columns, style),
      ...(this.#step === undefined ? [] : [cut(`${this.#step.text} ${seconds(now - this.#step.since)}`, columns)]),
    ];
    if (lines.length <= rows) return lines;
    return rows < 1 ? [] : [...lines.slice(0, rows - 1), cut(`… ${lines.length - rows + 1} more`, columns)];
  }

  #waitLines(now: number, columns: number): string[] {
    return [...this.#waits.values()].map(({ text, since }) => {
      const time = ` ${seconds(now - since)}`;
      return cut(`${cut(text, columns - time.length)}${time}`, columns);
    });
  }

  #resolveLines(columns: number): string[] {
    return this.#resolving ? [cut(`Resolving: ${this.#names} looked up, ${this.#name}`, columns)] : [];
  }

  #buildLines(now: number, columns: number): string[] {
    const running = drawBuilds(
      [...this.#builds.values()].map(({ label, since, hook = 'preparing', hookSince }) => ({
        label,
        phase: hook,
        time: seconds(now - (hook === 'preparing' ? since : hookSince)),
      })),
      columns,
    );
    const waiting = [...this.#buildWaits.values()].map((text) => cut(text, columns));
    const { ended = 0, of = 0 } = this.#builtOf ?? {};
    const head = ended < of ? [cut(`${ended} of ${of} builds done`, columns)] : [];
    return [...head, ...running, ...waiting];
  }

  #downloadLines(now: number, columns: number, style: Style): string[] {
    if (this.#downloads.size + this.#unpacking.size === 0) return [];
    const running = [...this.#downloads.entries()];
    const received = this.#doneBytes + running.reduce((sum, [, one]) => sum + one.received, 0);
    const files = Math.max(this.#files, this.#doneFiles + running.length);
    const elapsed = Math.max(1, now - (this.#firstDownload ?? now));
    const total = this.#bytes === undefined ? '' : ` of ${megabytes(Math.max(this.#bytes, received))}`;
    const unpacking = this.#unpacking.size === 0 ? '' : `, unpacking ${this.#unpacking.size}`;
    const head =
      running.length === 0
        ? `Unpacking ${this.#unpacking.size}`
        : `Downloading ${this.#doneFiles} of ${files}, ${megabytes(received)}${total}, ${megabytes((received * 1000) / elapsed)}/s${unpacking}`;
    const largest = running.sort(([, a], [, b]) => (b.total ?? b.received) - (a.total ?? a.received)).slice(0, 4);
    return [cut(head, columns), ...largest.map(([name, one]) => drawBar(name, one, columns, style))];
  }
}

interface DrawnBuild {
  readonly label: string;
  readonly phase: string;
  readonly time: string;
}

/** A line a build. Where they do not fit, the first word goes, then a part of the name, then the phase; the time stays. */
function drawBuilds(builds: readonly DrawnBuild[], columns: number): string[] {
  const whole = builds.map(({ label, phase, time }) => `Building ${label}: ${phase} ${time}`);
  if (whole.every((line) => line.length <= columns)) return whole;
  return builds.map(({ label, phase, time }) => {
    const ends = [`: ${phase} ${time}`, ` ${time}`, ''];
    const end = ends.find((each) => columns - each.length >= Math.min(label.length, shortestLabel)) ?? '';
    return cut(`${cut(label, columns - end.length)}${end}`, columns);
  });
}

/** `  torch-2.1.0-cp311-…  ━━━━━━━━╌╌╌╌  45.1 of 80.0 MB`, as much of it as fits. */
function drawBar(name: string, { received, total }: Download, columns: number, style: Style): string {
  const figures = total === undefined ? megabytes(received) : `${(received / 1e6).toFixed(1)} of ${megabytes(total)}`;
  const room = columns - figures.length - 4;
  if (room < 12) return cut(`  ${name}`, columns);
  const barWidth = total === undefined ? 0 : Math.min(30, Math.floor(room / 3));
  const nameWidth = Math.min(40, room - barWidth - (barWidth > 0 ? 2 : 0));
  const label = `  ${cut(name, nameWidth).padEnd(nameWidth)}`;
  if (barWidth === 0) return `${label}  ${style.muted(figures)}`;
  const filled = Math.min(barWidth, Math.floor((barWidth * received) / Math.max(1, total ?? 1)));
  const bar = `${style.added('━'.repeat(filled))}${style.muted('╌'.repeat(barWidth - filled))}`;
  return `${label}  ${bar}  ${style.muted(figures)}`;
}

function cut(text: string, columns: number): string {
  if (text.length <= columns) return text;
  return columns < 2 ? text.slice(0, Math.max(0, columns)) : `${text.slice(0, columns - 1)}…`;
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / 1000));
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

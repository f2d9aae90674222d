// Draws docs/images/*.svg from docs/benchmarks.json, the figures of one `pnpm bench --json docs/benchmarks.json`: bars of the
// medians, a wrong result in outline. Run by `pnpm docs:plots`; a test compares the files with what this would write.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A job of the bench and the words that stand over its bars. */
interface Panel {
  readonly job: string;
  readonly title: string;
}

interface Figures {
  readonly date: string;
  readonly jobs: readonly {
    readonly name: string;
    readonly unit: string;
    readonly results: readonly {
      readonly name: string;
      readonly ours: boolean;
      readonly measures: readonly number[];
      readonly faults: readonly string[];
    }[];
  }[];
}

const plots: Readonly<Record<string, readonly Panel[]>> = {
  'benchmarks.svg': [
    { job: 'ten builds of one tree at once', title: 'Ten builds of one tree at once' },
    { job: '8 environments at once, cold', title: 'Eight environments at once, cold cache' },
    { job: 'upgrade of all five packages', title: 'Upgrade of all five packages of an environment' },
    { job: 'install of 6 packages, warm', title: 'Install of 6 packages, warm cache' },
  ],
  'benchmarks-installs.svg': [
    { job: 'install of 6 packages, cold', title: 'Install of 6 packages, cold cache' },
    { job: 'install of 15,000 small files, warm', title: 'Install of 15,000 small files, warm cache' },
    { job: 'install of what is there already', title: 'Nothing to do' },
    { job: 'uninstall of one package of five', title: 'Uninstall of one package of five' },
  ],
  'benchmarks-locks.svg': [
    { job: 'lock and unlock, uncontended', title: 'Lock and unlock, uncontended' },
    { job: 'lock among 8 processes, the longest wait', title: 'Eight processes, the longest wait' },
    { job: 'lock handed over after its holder was killed', title: 'Hand-over after the holder was killed' },
  ],
};

/** Every plot by its file name in docs/images. */
export function drawPlots(figures: Figures): Map<string, string> {
  return new Map(Object.entries(plots).map(([name, panels]) => [name, draw(figures, panels)]));
}

/** The figures that the plots are drawn from. */
export function readFigures(): Figures {
  return JSON.parse(readFileSync(path.join(root, 'docs', 'benchmarks.json'), 'utf8')) as Figures;
}

const width = 760;
const labelWidth = 150;
const barHeight = 16;
const rowHeight = 22;

function draw(figures: Figures, panels: readonly Panel[]): string {
  const parts: string[] = [];
  let top = 8;
  for (const panel of panels) {
    const job = figures.jobs.find(({ name }) => name === panel.job);
    if (job === undefined) throw new Error(`docs/benchmarks.json has no job "${panel.job}"`);
    const bars = job.results.map((result) => ({ ...result, value: median(result.measures) }));
    const longest = Math.max(...bars.map(({ value }) => value));
    top += 20;
    parts.push(`<text class="title" x="0" y="${top}">${escaped(panel.title)}</text>`);
    top += 10;
    for (const bar of bars) {
      const length = Math.max(2, Math.round(((width - labelWidth - 190) * bar.value) / longest));
      const kind = bar.faults.length > 0 ? 'wrong' : bar.ours ? 'ours' : 'other';
      const label = `${readable(bar.value)} ${job.unit}${bar.faults.length > 0 ? ' (wrong result)' : ''}`;
      const middle = top + barHeight - 4;
      parts.push(
        `<text x="${labelWidth - 8}" y="${middle}" text-anchor="end">${escaped(bar.name)}</text>`,
        `<rect class="${kind}" x="${labelWidth}" y="${top}" width="${length}" height="${barHeight}" rx="2"/>`,
        `<text x="${labelWidth + length + 6}" y="${middle}">${escaped(label)}</text>`,
      );
      top += rowHeight;
    }
    top += 8;
  }
  const titles = panels.map(({ title }) => title).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${top}" role="img" aria-label="${escaped(`Medians, shorter is better: ${titles}`)}">
<style>
text { font: 13px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.ours { fill: #0b7285 }
.other { fill: #adb5bd }
.wrong { fill: none; stroke: #c92a2a; stroke-dasharray: 4 3 }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .ours { fill: #3bc9db } .other { fill: #6c757d } .wrong { stroke: #ff8787 } }
</style>
${parts.join('\n')}
</svg>
`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

function readable(value: number): string {
  return value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : value >= 10
      ? String(Math.round(value))
      : value.toFixed(1);
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  for (const [name, svg] of drawPlots(readFigures())) writeFileSync(path.join(root, 'docs', 'images', name), svg);

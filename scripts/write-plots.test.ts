import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { drawPlots, readFigures } from './write-plots.ts';

test('the plots in docs/images are those that pnpm docs:plots draws', () => {
  const plots = drawPlots(readFigures());
  expect(plots.size).toBe(3);
  for (const [name, svg] of plots)
    expect(readFileSync(new URL(`../docs/images/${name}`, import.meta.url), 'utf8')).toBe(svg);
});

test('a wrong result is drawn in outline and says so', () => {
  const plot = drawPlots(readFigures()).get('benchmarks.svg');
  expect(plot?.match(/class="wrong"/g)).toHaveLength(2);
  expect(plot?.match(/\(wrong result\)/g)).toHaveLength(2);
});

test('a job that was not measured is an error', () => {
  expect(() => drawPlots({ date: '', jobs: [] })).toThrow('has no job');
});

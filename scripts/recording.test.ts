import { expect, test } from 'vitest';
import { drawRecording } from './recording.ts';

test('colours become spans, markup and other escape sequences do not get into the picture', () => {
  const svg = drawRecording([
    { line: "ww install 'a<2'", output: '\u001b[32m+\u001b[39m a 1.0\n\u001b[1mdone\u001b[22m\n' },
  ]);
  expect(svg).toContain("> ww install 'a&lt;2'</text>".slice(1));
  expect(svg).toContain('<tspan fill="#69db7c">+</tspan> a 1.0</text>');
  expect(svg).toContain('>done</text>');
  expect(svg).not.toContain('\u001b');
});

test('every span is closed on its line, and long lines are cut', () => {
  const svg = drawRecording([{ line: 'x', output: `\u001b[31m-\n${'y'.repeat(81)}` }]);
  expect(svg.match(/<tspan/g)).toHaveLength(svg.match(/<\/tspan>/g)?.length ?? 0);
  expect(svg).toContain(`>${'y'.repeat(80)}</text>`);
  expect(svg).toContain('>y</text>');
});

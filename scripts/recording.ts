// Draws what a terminal shows as an SVG: commands and their output, line after line, with the colours of the output.

/** One command as it was typed and what it printed, with its escape sequences. */
export interface RecordedCommand {
  readonly line: string;
  readonly output: string;
}

const columns = 80;
const lineHeight = 19;
const colors: Readonly<Record<string, string>> = {
  31: '#ff8787',
  32: '#69db7c',
  33: '#ffd43b',
  36: '#66d9e8',
  90: '#9da7b1',
};

/** The picture: each line appears a moment after the one before, and all of them stay. */
export function drawRecording(commands: readonly RecordedCommand[]): string {
  const lines = commands.flatMap(({ line, output }) => [
    { text: `<tspan fill="#66d9e8">$</tspan> ${escaped(line)}`, pause: 0.9 },
    ...wrapped(output).map((text) => ({ text: colored(text), pause: 0.12 })),
  ]);
  let start = 0;
  const drawn = lines.map(({ text, pause }, index) => {
    start += pause;
    return `<text x="16" y="${34 + index * lineHeight}" style="animation-delay:${start.toFixed(2)}s">${text}</text>`;
  });
  const height = 34 + lines.length * lineHeight;
  const label = commands.map(({ line }) => line).join('; ');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 700 ${height}" role="img" aria-label="${escaped(`A terminal: ${label}`)}">
<style>
text { font: 13.5px ui-monospace, monospace; fill: #e6edf3; white-space: pre; animation: shown 0.2s both }
@keyframes shown { from { opacity: 0 } to { opacity: 1 } }
</style>
<rect width="700" height="${height}" rx="8" fill="#161b22"/>
${drawn.join('\n')}
</svg>
`;
}

function wrapped(output: string): string[] {
  return output
    .trimEnd()
    .split('\n')
    .flatMap((line) => (line.length <= columns ? [line] : (line.match(new RegExp(`.{1,${columns}}`, 'g')) ?? [])));
}

/** A line whose colours are spans; other escape sequences are left out. */
function colored(line: string): string {
  let open = false;
  const text = line.split(/(\u001b\[[0-9;]*m)/).map((part) => {
    const code = /^\u001b\[([0-9;]*)m$/.exec(part)?.[1];
    if (code === undefined) return escaped(part);
    const fill = colors[code];
    const closing = open ? '</tspan>' : '';
    open = fill !== undefined;
    return fill === undefined ? closing : `${closing}<tspan fill="${fill}">`;
  });
  return `${text.join('')}${open ? '</tspan>' : ''}`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

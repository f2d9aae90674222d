// What is on a terminal after drawing: the lines of the moment and nothing of those before, whatever the size.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import { LiveScreen } from '../../src/display/live-screen.ts';

/** As much of a terminal as the screen uses: wrapping, moving up, erasing to the end. */
function terminal(columns: number, rows: number) {
  const stream = Object.assign(new EventEmitter(), { columns, rows });
  let cells: string[] = [''];
  let row = 0;
  let column = 0;
  const put = (char: string) => {
    if (column === stream.columns) {
      row += 1;
      column = 0;
    }
    while (cells.length <= row) cells.push('');
    cells[row] = cells[row]!.padEnd(column).slice(0, column) + char + cells[row]!.slice(column + 1);
    column += 1;
  };
  const print = (text: string) => {
    for (const [token, up] of text.matchAll(/\u001B\[(\d+)A|\u001B\[J|\u001B\[\d+m|[\s\S]/g)) {
      if (up !== undefined) row = Math.max(0, row - Number(up));
      else if (token === '\u001B[J') {
        cells = cells.slice(0, row + 1);
        cells[row] = cells[row]!.slice(0, column);
      } else if (token === '\r') column = 0;
      else if (token === '\n') {
        row += 1;
        column = 0;
        while (cells.length <= row) cells.push('');
      } else if (token.length === 1) put(token);
    }
  };
  /** A narrower terminal wraps its lines again. */
  const resize = (wanted: number) => {
    cells = cells.flatMap((line) => line.match(new RegExp(`.{1,${wanted}}`, 'g')) ?? ['']);
    stream.columns = wanted;
    row = cells.length - 1;
    column = cells[row]!.length;
    stream.emit('resize');
  };
  return {
    stream: stream as unknown as NodeJS.WriteStream,
    print,
    resize,
    lines: () => cells.filter((line) => line !== ''),
  };
}

test('fewer lines than before leave none of those before', () => {
  const { stream, print, lines } = terminal(80, 24);
  let drawn = ['one', 'two', 'three'];
  const screen = new LiveScreen(stream, () => drawn, print);
  screen.render();
  expect(lines()).toEqual(['one', 'two', 'three']);
  drawn = ['four'];
  screen.render();
  expect(lines()).toEqual(['four']);
  screen.clear();
  print('a message\n');
  screen.render();
  expect(lines()).toEqual(['a message', 'four']);
  screen.stop();
  expect(lines()).toEqual(['a message']);
});

test('a terminal that becomes narrower keeps nothing of the wider lines', () => {
  const { stream, print, resize, lines } = terminal(40, 24);
  print('before\n');
  const screen = new LiveScreen(
    stream,
    ({ columns }) => ['x'.repeat(Math.min(35, columns)), 'y'.repeat(Math.min(20, columns))],
    print,
  );
  screen.render();
  resize(15);
  expect(lines()).toEqual(['before', 'x'.repeat(12), 'y'.repeat(12)]);
  screen.stop();
  expect(lines()).toEqual(['before']);
});

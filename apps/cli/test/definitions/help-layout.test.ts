// The help of every command follows the width of the terminal.
import { afterEach, expect, test } from 'vitest';
import { createProgram, definitions } from '../../src/program.ts';

const before = process.env.COLUMNS;
afterEach(() => {
  if (before === undefined) delete process.env.COLUMNS;
  else process.env.COLUMNS = before;
});

test.each([40, 80, 120, 200])('at %i columns no description is cut or wider than the terminal', (columns) => {
  for (const definition of definitions) {
    process.env.COLUMNS = String(columns);
    const help = createProgram(definition).commands[0]!.helpInformation();
    process.env.COLUMNS = '10000';
    const whole = createProgram(definition).commands[0]!.helpInformation();
    const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
    expect(words(help), definition.name).toEqual(words(whole));
    // Only a term, which cannot be wrapped, may need more.
    const wide = help.split('\n').filter((line) => line.length > columns && !/^(?: {2}\S|Usage)/.test(line));
    expect(wide, definition.name).toEqual([]);
  }
});

import { expect, it } from 'vitest';
import { failure } from './helpers.ts';

it('a name that nobody offers is named, with who asked for it', async () => {
  const error = await failure({ 'a 1': ['nope>=1'] }, ['a']);
  expect(error).toMatchObject({ code: 'RESOLVE_NOT_FOUND', data: { packages: ['nope'] } });
  expect(error.message).toBe(
    `No index or link page offers nope.
  a 1 requires nope>=1
  the test asks for a
  nope is not offered by any index or link page
  a is offered as 1`,
  );
});

it('a version that does not exist is told with those that do, and why some are not used', async () => {
  const table = { 'a 1': [], 'a 1.1': ['yanked'], 'a 2b1': [], 'a 3': ['python<3'] };
  const error = await failure(table, ['a>=1.1,<2']);
  expect(error.code).toBe('RESOLVE_UNSATISFIABLE');
  expect(error.message).toBe(
    `No version of a meets what is asked for.
  the test asks for a<2,>=1.1
  a is offered as 1, 1.1, 2b1, 3; not used: 3 (requires Python <3), 2b1 (pre-release), 1.1 (yanked)`.replace(
      '<2,>=1.1',
      '>=1.1,<2',
    ),
  );
});

it('a conflict names each party', async () => {
  const table = { 'a 1': ['c<2'], 'a 2': ['c<2'], 'b 1': ['c>=2'], 'c 1': [], 'c 2': [] };
  const error = await failure(table, ['a', 'b']);
  expect(error.code).toBe('RESOLVE_UNSATISFIABLE');
  expect(error.message.split('\n').slice(1).sort()).toEqual([
    '  a is offered as 1, 2',
    '  b 1 requires c>=2',
    '  b is offered as 1',
    '  c is offered as 1, 2',
    '  every version of a requires c<2',
    '  the test asks for a',
    '  the test asks for b',
  ]);
});

it("requirements and constraints that contradict each other are the caller's own conflict", async () => {
  const error = await failure({ 'a 1': [], 'a 2': [] }, ['a>1'], { constraints: ['a<2'] });
  expect(error.code).toBe('RESOLVE_CONFLICT');
  expect(error.message).toContain('a constraint allows only a<2');
});

it('many versions are shortened, and passwords are not shown', async () => {
  const url = 'https://ann:secret@example.invalid/b.whl';
  const table = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`a ${n}`, [`b @ ${url}`]]));
  const error = await failure({ ...table, [`b 1 @ ${url}`]: [], 'b 2': [] }, ['a', 'b>=2']);
  expect(error.message).toContain('every version of a requires b @ https://****@example.invalid/b.whl');
  expect(error.message).toContain('a is offered as 0, 1 … 28, 29 (30 versions)');
  expect(JSON.stringify([error.message, error])).not.toContain('secret');
});

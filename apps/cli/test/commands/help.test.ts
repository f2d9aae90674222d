// `ww help CODE` knows every code that has a section; scripts/check-repo.ts holds that every code has one.
import { readFileSync } from 'node:fs';
import { CodedError } from '@wheelwright/errors';
import { expect, test } from 'vitest';
import { explain } from '../../src/commands/help.ts';
import { failureText } from '../../src/display/describe-error.ts';

const page = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
const codes = [...page.matchAll(/^### (.*)$/gm)].map((match) => match[1] as string);

test('every code of the page of errors is explained, with its exit code and nothing of the next', () => {
  expect(codes.length).toBeGreaterThan(100);
  for (const code of codes) {
    const text = explain(code.toLowerCase());
    expect(text, code).toMatch(/^[^#]+\n\nExit code \d+\.$/);
  }
  expect(explain('NO_SUCH_CODE')).toBeUndefined();
  expect(explain('')).toBeUndefined();
});

test('a failure ends with the line that explains its code; a mistake in the line itself does not', () => {
  const failed = new CodedError('FSLOCK_TIMEOUT', 'It was held.', { hint: 'Wait.' });
  expect(failureText(failed).split('\n').at(-1)).toBe('    `ww help FSLOCK_TIMEOUT` says more.');
  expect(failureText(new CodedError('WHEELWRIGHT_USAGE', 'No.'))).toBe('ww: No.');
});

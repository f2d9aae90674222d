import { expect, test } from 'vitest';
import { keepFact, recallFact } from '../../src/interpreter/facts.ts';
import { memoryCache } from '../interpreters.ts';

const subject = { kind: 'interpreter', path: '/usr/bin/python3', state: [1.5, 10] };

test('a fact is recalled for the same file', () => {
  const cache = memoryCache();
  keepFact(cache, subject, { a: 1 });
  expect(recallFact(cache, { ...subject })).toEqual({ a: 1 });
});

test.each([
  { state: [2, 10] },
  { state: [1.5, 11] },
  { state: [1.5, null] },
  { path: '/other' },
  { kind: 'default-index' },
])('a fact is not recalled when %j differs', (change) => {
  const cache = memoryCache();
  keepFact(cache, subject, 1);
  expect(recallFact(cache, { ...subject, ...change })).toBeUndefined();
});

test('a newer fact takes the place of the older one', () => {
  const cache = memoryCache();
  keepFact(cache, subject, 1);
  keepFact(cache, { ...subject, state: [2, 10] }, 2);
  expect(cache.texts.size).toBe(1);
});

test('keys are safe as file names, and a damaged text counts as absent', () => {
  const cache = memoryCache();
  keepFact(cache, { ...subject, path: `/${'long '.repeat(100)}` }, 1);
  const [key] = [...cache.texts.keys()];
  expect(key).toMatch(/^[a-z0-9-]{1,64}$/);
  cache.texts.set(key!, '{"about":');
  expect(recallFact(cache, { ...subject, path: `/${'long '.repeat(100)}` })).toBeUndefined();
});

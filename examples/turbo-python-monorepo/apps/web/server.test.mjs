import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInCircle, reportLine } from './server.mjs';

test('a line of the report comes from Python, with the distance from C', () => {
  assert.equal(reportLine(3, 4), '(3.0, 4.0) lies 5.0 from the origin');
});

test('a point is found in a circle', () => {
  assert.equal(isInCircle(1, 1, 2), true);
  assert.equal(isInCircle(3, 4, 2), false);
});

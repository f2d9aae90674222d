import { expect, test } from 'vitest';
import { ownPlaces } from '../../src/runner/own-places.ts';

test('A prefix that other programs share belongs to no build.', () => {
  const shared = ['/', '/usr', '/usr/', '/usr/local', '/opt', '/opt/homebrew', '/srv/.local'];
  expect(ownPlaces(shared)).toEqual([]);
  expect(ownPlaces(['/usr', '/srv/env', '/opt/python/3.12'])).toEqual(['/srv/env', '/opt/python/3.12']);
});

import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { readPlaces } from '../../src/tool/places.ts';

const read = (variables: Record<string, string | undefined>, named = {}) =>
  readPlaces({ workingDir: '/somewhere', ...named }, variables);

test('the store and the data directory are below the directories of the user', () => {
  expect(read({ HOME: '/h' })).toEqual({
    home: '/h',
    storeDir: '/h/.cache/wheelwright/store',
    storeOrigin: 'usual',
    dataDir: '/h/.local/share/wheelwright',
  });
  expect(read({ HOME: '/h', XDG_CACHE_HOME: '/c', XDG_DATA_HOME: '/d' })).toMatchObject({
    storeDir: '/c/wheelwright/store',
    dataDir: '/d/wheelwright',
  });
});

test.each(['', 'relative', './x'])('XDG variables that are %j are ignored, as their specification says', (value) => {
  expect(read({ HOME: '/h', XDG_CACHE_HOME: value, XDG_DATA_HOME: value })).toEqual(read({ HOME: '/h' }));
});

test.each([undefined, '', 'relative'])('HOME that is %j names no place, so the store serves one run', (HOME) => {
  const places = read({ HOME });
  expect(places).toMatchObject({ home: undefined, storeOrigin: 'run', dataDir: undefined });
  expect(places.storeDir.startsWith(`${tmpdir()}/wheelwright-run-`)).toBe(true);
  expect(read({ HOME }).storeDir).not.toBe(places.storeDir);
  expect(read({ HOME, XDG_CACHE_HOME: '/c' })).toMatchObject({
    storeOrigin: 'usual',
    storeDir: '/c/wheelwright/store',
  });
});

test('a named store wins, and its path is relative to the working directory', () => {
  expect(read({ WHEELWRIGHT_STORE: 's', WHEELWRIGHT_DATA: 'd' })).toMatchObject({
    storeDir: '/somewhere/s',
    storeOrigin: 'named',
    dataDir: '/somewhere/d',
  });
  expect(read({ WHEELWRIGHT_STORE: '/s' }, { storeDir: 'mine', dataDir: 'data' })).toMatchObject({
    storeDir: '/somewhere/mine',
    dataDir: '/somewhere/data',
  });
});

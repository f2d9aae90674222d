import type { Interpreter } from '@wheelwright/python';
import type { Store } from '@wheelwright/store';
import { expect, test } from 'vitest';
import { keepMetadata, readKeptMetadata } from '../../src/sources/kept-metadata.ts';

test('metadata of a backend serves one interpreter with the same settings, static metadata serves all', () => {
  const texts = new Map<string, string>();
  const facts = { read: (key: string) => texts.get(key), write: (key: string, text: string) => texts.set(key, text) };
  const store = { facts } as unknown as Store;
  const interpreter = { executable: '/usr/bin/python3', versionText: '3.12.1' } as Interpreter;
  const other = { ...interpreter, versionText: '3.13.0' } as Interpreter;
  keepMetadata(store, 'aa', 'plain', { interpreter });
  keepMetadata(store, 'aa', 'with x', { interpreter, configSettings: { x: '1' } });
  expect(readKeptMetadata(store, 'aa', { interpreter })).toBe('plain');
  expect(readKeptMetadata(store, 'aa', { interpreter, configSettings: {} })).toBe('plain');
  expect(readKeptMetadata(store, 'aa', { interpreter, configSettings: { x: '1' } })).toBe('with x');
  expect(readKeptMetadata(store, 'aa', { interpreter, configSettings: { x: ['1', '2'] } })).toBe(undefined);
  expect(readKeptMetadata(store, 'aa', { interpreter: other })).toBe(undefined);
  keepMetadata(store, 'bb', 'static', undefined);
  expect(readKeptMetadata(store, 'bb', { interpreter: other, configSettings: { x: '1' } })).toBe('static');
});

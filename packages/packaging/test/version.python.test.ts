// Versions and specifiers compared with `packaging`, over thousands of generated cases.
import { expect, test } from 'vitest';
import {
  allowsPrereleases,
  compareVersions,
  parseSpecifiers,
  parseVersion,
  satisfies,
  tryParseVersion,
} from '../src/index.ts';
import { draw, fc, specifierText, versionNoise, versionText } from './arbitraries.ts';
import { ask, attempt, differences } from './oracle.ts';

test('the same texts are versions, and have the same normalized form', () => {
  const cases = [...draw(versionText, 4000), ...draw(versionNoise, 6000)];
  const ours = cases.map((text) => tryParseVersion(text)?.text ?? null);
  expect(ours.filter((text) => text === null).length).toBeGreaterThan(1000);
  expect(differences(cases, ours, ask<string>('version', cases))).toEqual([]);
});

test('versions have the same order', () => {
  const cases = draw(fc.tuple(versionText, versionText), 6000);
  const ours = cases.map(([a, b]) => compareVersions(parseVersion(a), parseVersion(b)));
  expect(differences(cases, ours, ask<number>('order', cases))).toEqual([]);
});

test('the same texts are specifiers, and the same ones ask for pre-releases', () => {
  const cases = draw(specifierText, 6000);
  const answers = ask<{ prereleases: boolean }>('specifier', cases);
  const ours = cases.map((text) => attempt(() => ({ prereleases: allowsPrereleases(parseSpecifiers(text)) })));
  expect(differences(cases, ours, answers)).toEqual([]);
});

test('the same versions meet the same specifiers', () => {
  const cases = draw(fc.tuple(specifierText, versionText), 20_000).filter(([text]) =>
    attempt(() => parseSpecifiers(text)),
  );
  expect(cases.length).toBeGreaterThan(10_000);
  const answers = ask<boolean>('contains', cases);
  const ours = cases.map(([text, candidate]) =>
    satisfies(parseVersion(candidate), parseSpecifiers(text), { prereleases: true }),
  );
  expect(differences(cases, ours, answers)).toEqual([]);
});

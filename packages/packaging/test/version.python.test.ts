// Versions and specifiers compared with `packaging`, over thousands of generated cases. The specification of today decides:
// what an older reference answers differently is named at each test and left out where that reference is met.
import { describe, expect, test } from 'vitest';
import {
  allowsPrereleases,
  compareVersions,
  isPrerelease,
  parseSpecifiers,
  parseVersion,
  type Specifier,
  satisfies,
  tryParseVersion,
  type Version,
} from '../src/index.ts';
import { draw, fc, specifierText, versionNoise, versionText } from './arbitraries.ts';
import { ask, attempt, differences, findReferences, isBefore } from './oracle.ts';

describe.each(findReferences())('$module $version', (reference) => {
  test('the same texts are versions, and have the same normalized form', () => {
    const cases = [...draw(versionText, 4000), ...draw(versionNoise, 6000)];
    const ours = cases.map((text) => tryParseVersion(text)?.text ?? null);
    expect(ours.filter((text) => text === null).length).toBeGreaterThan(1000);
    expect(differences(cases, ours, ask<string>(reference, 'version', cases))).toEqual([]);
  });

  test('versions have the same order', () => {
    const cases = draw(fc.tuple(versionText, versionText), 6000);
    const ours = cases.map(([a, b]) => compareVersions(parseVersion(a), parseVersion(b)));
    expect(differences(cases, ours, ask<number>(reference, 'order', cases))).toEqual([]);
  });

  test('the same texts are specifiers, and the same ones ask for pre-releases', () => {
    const cases = draw(specifierText, 6000);
    const answers = ask<{ prereleases: boolean }>(reference, 'specifier', cases);
    const ours = cases.map((text) => attempt(() => ({ prereleases: allowsPrereleases(parseSpecifiers(text)) })));
    const unexpected = differences(cases, ours, answers).filter(({ case: text, theirs }) => {
      // Until 22 a wildcard could follow a pre- or post-release.
      if (isBefore(reference, '22') && text.endsWith('.*') && theirs !== null) return false;
      // Older ones did not let `<` and `>` of a pre-release ask for pre-releases.
      return !(isBefore(reference, '26') && /^[<>][^=]/.test(text));
    });
    expect(unexpected).toEqual([]);
  });

  test('the same versions meet the same specifiers', () => {
    const cases = draw(fc.tuple(specifierText, versionText), 20_000).filter(([text]) =>
      attempt(() => parseSpecifiers(text)),
    );
    expect(cases.length).toBeGreaterThan(10_000);
    const answers = ask<boolean>(reference, 'contains', cases);
    const ours = cases.map(([text, candidate]) =>
      satisfies(parseVersion(candidate), parseSpecifiers(text), { prereleases: true }),
    );
    const unexpected = differences(cases, ours, answers).filter(({ case: [text, candidate] }) => {
      return !(isBefore(reference, '26') && changedIn26(parseSpecifiers(text).specifiers[0]!, parseVersion(candidate)));
    });
    expect(unexpected).toEqual([]);
  });
});

// What packaging 26 changed to follow the specification to the letter.
function changedIn26({ operator, wildcard, version, parsed }: Specifier, candidate: Version): boolean {
  if (!parsed) return false;
  const sameRelease = candidate.epoch === parsed.epoch && sameNumbers(candidate.release, parsed.release);
  const hasSuffix = candidate.text !== candidate.release.join('.');
  switch (operator) {
    case '<': // 1.0a1 meets <1.0.post1.
      return sameRelease && parsed.post !== undefined && isPrerelease(candidate);
    case '>': // 1.0.post1 and 1.0+x meet >1.0a1.
      return sameRelease && (candidate.post !== undefined || candidate.local !== undefined);
    case '==':
    case '!=': // 1a1 meets ==1.0.*; epochs were compared as text.
      return (
        wildcard &&
        (candidate.epoch > 0 ||
          parsed.epoch > 0 ||
          version !== parsed.text ||
          (hasSuffix && candidate.release.length < parsed.release.length))
      );
    case '~=': // A suffix or a spelling of the specifier itself changed the prefix.
      return (
        parsed.text !== parsed.release.join('.') ||
        version !== parsed.text ||
        (hasSuffix && candidate.release.length < parsed.release.length)
      );
    default:
      return false;
  }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, index) => (a[index] ?? 0) === (b[index] ?? 0)).every(Boolean);
}

// Every answer that `packaging` gives, compared with ours, over thousands of generated cases. The specification of today
// decides: what an older reference answers differently is named at each test and left out where that reference is met.
import { describe, expect, test } from 'vitest';
import {
  allowsPrereleases,
  compareVersions,
  evaluateMarker,
  type InterpreterFacts,
  isPrerelease,
  isValidName,
  parseMarker,
  parseRequirement,
  parseSdistFilename,
  parseSpecifiers,
  parseVersion,
  parseWheelFilename,
  type Specifier,
  satisfies,
  supportedTags,
  tryParseVersion,
  type Version,
} from '../src/index.ts';
import {
  draw,
  environments,
  fc,
  markerText,
  requirementNoise,
  requirementText,
  specifierText,
  versionNoise,
  versionText,
  wheelFilename,
} from './arbitraries.ts';
import { ask, attempt, findReferences, isBefore } from './oracle.ts';

interface Difference<C, T> {
  readonly case: C;
  readonly ours: T | null;
  readonly theirs: T | null;
}

/** The cases with both answers where those differ. */
function differences<C, T>(
  cases: readonly C[],
  ours: readonly (T | null)[],
  theirs: readonly (T | null)[],
): Difference<C, T>[] {
  return cases.flatMap((one, index) => {
    const both = { case: one, ours: ours[index] ?? null, theirs: theirs[index] ?? null };
    return JSON.stringify(both.ours) === JSON.stringify(both.theirs) ? [] : [both];
  });
}

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

  test('markers decide the same', () => {
    // Until 22 no comparison held for a Python that is itself a pre-release.
    const where = environments.filter(
      ({ python_full_version: text }) => !isBefore(reference, '22') || !text.includes('rc'),
    );
    const cases = draw(fc.tuple(markerText, fc.constantFrom(...where), fc.constantFrom('', 'a', 'foo')), 3000);
    const ours = cases.map(([text, environment, extra]) =>
      evaluateMarker(parseMarker(text), environment, extra === '' ? [] : [extra]),
    );
    expect(differences(cases, ours, ask<boolean>(reference, 'marker', cases))).toEqual([]);
  });

  test('the same texts are requirements, of the same parts', () => {
    const cases = [...draw(requirementText, 1500), ...draw(requirementNoise, 5000)];
    const ours = cases.map((text) =>
      attempt(() => {
        const { normalizedName, extras, specifiers, url, marker } = parseRequirement(text);
        const clauses = specifiers.specifiers.map(
          ({ operator, version, wildcard }) => `${operator}${version}${wildcard ? '.*' : ''}`,
        );
        return {
          name: normalizedName,
          extras: [...extras].sort(),
          specifiers: [...new Set(clauses)].sort(),
          url: url ?? null,
          marker: marker !== undefined,
        };
      }),
    );
    const answers = ask<(typeof ours)[0]>(reference, 'requirement', cases);
    // Until 22 the grammar was another around commas and empty parentheses: there, what both read must be the same.
    const unexpected = differences(cases, ours, answers).filter(
      ({ ours: mine, theirs }) => !isBefore(reference, '22') || (mine !== null && theirs !== null),
    );
    expect(unexpected).toEqual([]);
  });

  test('file names of wheels say the same', () => {
    const cases = draw(wheelFilename, 3000);
    const ours = cases.map((text) =>
      attempt(() => {
        const { name, version, build, tags } = parseWheelFilename(text);
        return { name, version: version.text, build: build ?? [], tags: [...tags].sort() };
      }),
    );
    expect(differences(cases, ours, ask<(typeof ours)[0]>(reference, 'wheel', cases))).toEqual([]);
  });

  test('file names of sdists say the same', () => {
    const cases = draw(
      fc.tuple(fc.constantFrom('foo', 'Foo-bar', 'a.b_c', ''), versionText, fc.constantFrom('.tar.gz', '.zip', '.tgz')),
      1500,
    ).map(([name, version, end]) => `${name}-${version.trim()}${end}`);
    const ours = cases.map((text) =>
      attempt(() => {
        const { name, version } = parseSdistFilename(text);
        return { name, version: version.text };
      }),
    );
    const unexpected = differences(cases, ours, ask<(typeof ours)[0]>(reference, 'sdist', cases)).filter(
      ({ case: text }) => {
        // A name that is not valid is refused here; the reference takes any text.

        return isValidName(text.slice(0, text.lastIndexOf('-')));
      },
    );
    expect(unexpected).toEqual([]);
  });

  test('the running interpreter supports the same tags in the same order', () => {
    type Tags = { facts: InterpreterFacts & { glibc: [number, number] | null }; tags: string[] };
    const answers = ask<Tags>(reference, 'tags', [null]);
    const { facts, tags } = answers[0]!;
    const ours = supportedTags({ ...facts, glibc: facts.glibc ?? undefined });
    // Until 22 the tag of the interpreter for any platform was not listed.
    const expected = isBefore(reference, '22') ? ours.filter((tag) => !/^cp[0-9]+-none-any$/.test(tag)) : ours;
    // Until 26.3 the native linux platform came last of the platforms, not first.
    expect(expected).toEqual(isBefore(reference, '26.3') ? nativeFirst(tags) : tags);
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

function nativeFirst(tags: readonly string[]): string[] {
  const rows = new Map<string, string[]>();
  for (const tag of tags) {
    const [interpreter, abi, platform] = tag.split('-');
    const row = platform === 'any' ? 'any' : `${interpreter}-${abi}`;
    rows.set(row, [...(rows.get(row) ?? []), tag]);
  }
  const isNative = (tag: string) => tag.includes('-linux_');
  return [...rows.values()].flatMap((row) => [...row.filter(isNative), ...row.filter((tag) => !isNative(tag))]);
}

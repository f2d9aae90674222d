// Markers, requirements, file names and tags compared with `packaging`, over thousands of generated cases. The specification
// of today decides: what an older reference answers differently is named at each test and left out there.
import { describe, expect, test } from 'vitest';
import {
  evaluateMarker,
  formatSpecifiers,
  type InterpreterFacts,
  isValidName,
  parseMarker,
  parseRequirement,
  parseSdistFilename,
  parseSpecifiers,
  parseWheelFilename,
  supportedTags,
} from '../src/index.ts';
import {
  draw,
  environments,
  fc,
  looseMarkerText,
  markerNoise,
  markerText,
  requirementNoise,
  requirementText,
  versionText,
  wheelFilename,
} from './arbitraries.ts';
import { ask, attempt, differences, findReferences, isBefore } from './oracle.ts';

describe.each(findReferences())('$module $version', (reference) => {
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

  // Until 22 the grammar was made of other pieces.
  test.skipIf(isBefore(reference, '22'))('the same texts are markers', () => {
    const cases = [...draw(markerText, 500), ...draw(looseMarkerText, 500), ...draw(markerNoise, 6000)];
    const ours = cases.map((text) => attempt(() => parseMarker(text) !== undefined));
    expect(differences(cases, ours, ask<boolean>(reference, 'is_marker', cases))).toEqual([]);
  });

  // Until 26 strings were compared by their letters, and a text like a version made any name a version.
  test.skipIf(isBefore(reference, '26'))('comparisons that mix versions and strings decide the same', () => {
    const cases = draw(fc.tuple(looseMarkerText, fc.constantFrom(...environments), fc.constant('')), 4000);
    const ours = cases.map(([text, environment]) => attempt(() => evaluateMarker(parseMarker(text), environment)));
    const unexpected = differences(cases, ours, ask<boolean>(reference, 'marker', cases)).filter(({ case: [text] }) => {
      // By the specification a text that is no version is compared as a text, and has no `~=`; the reference answers no.
      return !/^['"][^'"]*['"] *[!~]= *(python_version|platform_release)$/.test(text);
    });
    expect(unexpected).toEqual([]);
  });

  test('the same texts are requirements, of the same parts', () => {
    const cases = [...draw(requirementText, 1500), ...draw(requirementNoise, 5000)];
    const ours = cases.map((text) =>
      attempt(() => {
        const { normalizedName, extras, specifiers, url, marker } = parseRequirement(text);
        return {
          name: normalizedName,
          extras: [...extras].sort(),
          specifiers: canonical(formatSpecifiers(specifiers).split(',').filter(Boolean)),
          url: url ?? null,
          marker: marker !== undefined,
        };
      }),
    );
    const answers = ask<NonNullable<(typeof ours)[0]>>(reference, 'requirement', cases).map(
      (answer) => answer && { ...answer, specifiers: canonical(answer.specifiers) },
    );
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

// The reference keeps one of several clauses that mean the same.
function canonical(clauses: readonly string[]): string[] {
  const keys = clauses.map((clause) => {
    const [specifier] = attempt(() => parseSpecifiers(clause).specifiers) ?? [];
    return specifier?.parsed && !specifier.wildcard ? specifier.operator + specifier.parsed.key : clause;
  });
  return [...new Set(keys)].sort();
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

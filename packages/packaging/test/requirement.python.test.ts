// Markers, requirements, file names and tags compared with `packaging`, over thousands of generated cases. A test
// that leaves out a case says which, and why the answers differ there.
import { expect, test } from 'vitest';
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
import { ask, attempt, differences } from './oracle.ts';

test('markers decide the same', () => {
  const cases = draw(fc.tuple(markerText, fc.constantFrom(...environments), fc.constantFrom('', 'a', 'foo')), 3000);
  const ours = cases.map(([text, environment, extra]) =>
    evaluateMarker(parseMarker(text), environment, extra === '' ? [] : [extra]),
  );
  expect(differences(cases, ours, ask<boolean>('marker', cases))).toEqual([]);
});

test('the same texts are markers', () => {
  const cases = [...draw(markerText, 500), ...draw(looseMarkerText, 500), ...draw(markerNoise, 6000)];
  const ours = cases.map((text) => attempt(() => parseMarker(text) !== undefined));
  expect(differences(cases, ours, ask<boolean>('is_marker', cases))).toEqual([]);
});

test('comparisons that mix versions and strings decide the same', () => {
  const cases = draw(fc.tuple(looseMarkerText, fc.constantFrom(...environments), fc.constant('')), 4000);
  const ours = cases.map(([text, environment]) => attempt(() => evaluateMarker(parseMarker(text), environment)));
  expect(differences(cases, ours, ask<boolean>('marker', cases))).toEqual([]);
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
  const answers = ask<NonNullable<(typeof ours)[0]>>('requirement', cases).map(
    (answer) => answer && { ...answer, specifiers: canonical(answer.specifiers) },
  );
  expect(differences(cases, ours, answers)).toEqual([]);
});

test('file names of wheels say the same', () => {
  const cases = draw(wheelFilename, 3000);
  const ours = cases.map((text) =>
    attempt(() => {
      const { name, version, build, tags } = parseWheelFilename(text);
      return { name, version: version.text, build: build ?? [], tags: [...tags].sort() };
    }),
  );
  expect(differences(cases, ours, ask<(typeof ours)[0]>('wheel', cases))).toEqual([]);
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
  const unexpected = differences(cases, ours, ask<(typeof ours)[0]>('sdist', cases)).filter(({ case: text }) => {
    // A name that is not valid is refused here; the reference takes any text.

    return isValidName(text.slice(0, text.lastIndexOf('-')));
  });
  expect(unexpected).toEqual([]);
});

test('the running interpreter supports the same tags in the same order', () => {
  type Tags = { facts: InterpreterFacts & { glibc: [number, number] | null }; tags: string[] };
  const answers = ask<Tags>('tags', [null]);
  const { facts, tags } = answers[0]!;
  const ours = supportedTags({ ...facts, glibc: facts.glibc ?? undefined });
  expect(ours).toEqual(tags);
});

// The reference keeps one of several clauses that mean the same.
function canonical(clauses: readonly string[]): string[] {
  const keys = clauses.map((clause) => {
    const [specifier] = attempt(() => parseSpecifiers(clause).specifiers) ?? [];
    return specifier?.parsed && !specifier.wildcard ? specifier.operator + specifier.parsed.key : clause;
  });
  return [...new Set(keys)].sort();
}

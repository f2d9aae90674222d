// Sets found by halving against every version held against the specifier.
import { compareVersions, parseSpecifiers, parseVersion, satisfies } from '@wheelwright/packaging';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SpecifierSets } from '../src/specifier-set.ts';
import { indices } from '../src/version-set.ts';

const release = fc.constantFrom('1', '1.0.1', '1.1', '2', '2.0.0', '2.1', '3!1');
const suffix = fc.constantFrom('', 'a1', 'rc2', '.dev3', 'b1.dev1', '.post1', '.post2.dev1', 'rc1.post3');
const plain = fc.tuple(release, suffix).map((parts) => parts.join(''));
const version = fc.tuple(plain, fc.constantFrom('', '', '+local', '+local.2')).map((parts) => parts.join(''));
const specifier = fc.oneof(
  fc.tuple(fc.constantFrom('>=', '<=', '>', '<', '==', '!='), plain).map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('==', '!='), release).map(([operator, text]) => `${operator}${text}.*`),
  fc.constantFrom('~=1.0', '~=1.0.1', '~=2.0rc1', '===1.1', '==2.1+local'),
);

it('a set holds exactly the versions that satisfy the specifiers', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(version, { maxLength: 25, selector: (text) => parseVersion(text).key }),
      fc.array(version, { maxLength: 2 }),
      fc.array(specifier, { maxLength: 3 }),
      (texts, unsorted, specifiers) => {
        const sorted = texts.map(parseVersion).sort((a, b) => compareVersions(b, a));
        const versions = [...sorted, ...unsorted.map(parseVersion)];
        const set = parseSpecifiers(specifiers.join(','));
        const expected = versions.flatMap((one, index) => (satisfies(one, set, { prereleases: true }) ? [index] : []));
        expect(indices(new SpecifierSets(versions, sorted.length).of(set))).toEqual(expected);
      },
    ),
    { numRuns: 3000 },
  );
});

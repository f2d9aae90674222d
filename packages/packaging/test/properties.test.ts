// Laws that hold for every value, where unit tests hold for the values someone thought of.
import { expect, test } from 'vitest';
import {
  changeRecord,
  compareVersions,
  evaluateMarker,
  formatMarker,
  formatRecord,
  formatRequirement,
  formatSpecifiers,
  isPinned,
  isPrerelease,
  mergeSpecifiers,
  normalizeName,
  parseMarker,
  parseRecord,
  parseRequirement,
  parseRequirementsFile,
  parseSpecifiers,
  parseVersion,
  satisfies,
  tagRank,
  tryParseVersion,
} from '../src/index.ts';
import {
  environments,
  fc,
  markerText,
  recordEntries,
  requirementText,
  specifiersText,
  validSpecifierText,
  versionNoise,
  versionText,
} from './arbitraries.ts';

function holds<T extends unknown[]>(
  values: { [K in keyof T]: fc.Arbitrary<T[K]> },
  check: (...drawn: T) => void,
): void {
  fc.assert(
    fc.property(fc.tuple<T>(...values), (drawn) => check(...drawn)),
    { numRuns: 500 },
  );
}

const version = versionText.map(parseVersion);
const all = { prereleases: true };

test('the normalized form of a version is its own normalized form and equal to the version', () => {
  holds([versionText], (text) => {
    const once = parseVersion(text);
    const twice = parseVersion(once.text);
    expect(twice).toEqual({ ...once, written: once.text });
    expect(compareVersions(once, twice)).toBe(0);
  });
});

test('versions have a total order', () => {
  holds([fc.array(version, { minLength: 3, maxLength: 3 })], (versions) => {
    const [a, b, c] = [...versions].sort(compareVersions);
    expect(compareVersions(a!, b!)).toBeLessThanOrEqual(0);
    expect(compareVersions(a!, c!)).toBeLessThanOrEqual(0);
    expect(compareVersions(b!, a!) + compareVersions(a!, b!)).toBe(0);
  });
});

test('a development release precedes its pre-releases, those the release, that its post-releases', () => {
  holds([fc.array(fc.nat(20), { minLength: 1, maxLength: 4 })], (release) => {
    const text = release.join('.');
    const ascending = ['.dev0', 'a0', 'b0', 'rc0', '', '+a', '.post0.dev0', '.post0'].map((suffix) =>
      parseVersion(text + suffix),
    );
    expect([...ascending].reverse().sort(compareVersions)).toEqual(ascending);
  });
});

test('noise is read as a version or refused, and what is read can be written', () => {
  holds([versionNoise], (text) => {
    const read = tryParseVersion(text);
    if (read) expect(parseVersion(read.text)).toEqual({ ...read, written: read.text });
  });
});

test('`!=` admits what `==` does not, and `===` the version itself', () => {
  holds([version, validSpecifierText], (target, text) => {
    const right = text.replace(/^[=!<>~]+/, '');
    expect(satisfies(target, parseSpecifiers(`!=${right}`), all)).toBe(
      !satisfies(target, parseSpecifiers(`==${right}`), all),
    );
    expect(satisfies(target, parseSpecifiers(`===${target.written}`), all)).toBe(true);
    expect(satisfies(target, parseSpecifiers(`==${target.text}`), all)).toBe(true);
    expect(isPinned(parseSpecifiers(`==${target.written}`))).toEqual(target);
  });
});

test('`<` and `>` stay within the order and leave the version itself out', () => {
  holds([version, version], (candidate, target) => {
    const bare = target.text.split('+')[0]!;
    const order = compareVersions(candidate, parseVersion(bare));
    if (satisfies(candidate, parseSpecifiers(`<${bare}`), all)) expect(order).toBe(-1);
    if (satisfies(candidate, parseSpecifiers(`>${bare}`), all)) expect(order).toBe(1);
    expect(satisfies(candidate, parseSpecifiers(`>=${bare}`), all)).toBe(order >= 0);
  });
});

test('a merged set admits what both sets admit, and no pre-release that neither names', () => {
  holds([version, specifiersText, specifiersText], (target, one, other) => {
    const [a, b] = [parseSpecifiers(one), parseSpecifiers(other)];
    expect(satisfies(target, mergeSpecifiers(a, b), all)).toBe(satisfies(target, a, all) && satisfies(target, b, all));
    expect(satisfies(target, a, { prereleases: false })).toBe(!isPrerelease(target) && satisfies(target, a, all));
    expect(parseSpecifiers(formatSpecifiers(a))).toEqual(a);
  });
});

test('a marker that is written and read again is the same tree and decides the same', () => {
  holds(
    [markerText, fc.constantFrom(...environments), fc.constantFrom([], ['a'], ['b_1', 'a'])],
    (text, environment, extras) => {
      const marker = parseMarker(text);
      const again = parseMarker(formatMarker(marker));
      expect(again).toEqual(marker);
      expect(evaluateMarker(again, environment, extras)).toBe(evaluateMarker(marker, environment, extras));
    },
  );
});

test('`and` and `or` of markers are those of their values', () => {
  holds([markerText, markerText, fc.constantFrom(...environments)], (one, other, environment) => {
    const decide = (text: string) => evaluateMarker(parseMarker(text), environment, ['a']);
    const [a, b] = [decide(one), decide(other)];
    expect(decide(`(${one}) and (${other})`)).toBe(a && b);
    expect(decide(`${one} or ${other}`)).toBe(a || b);
  });
});

test('a requirement that is written and read again is the same, also in a requirements file', () => {
  holds([requirementText], (text) => {
    const requirement = parseRequirement(text);
    expect(parseRequirement(formatRequirement(requirement))).toEqual(requirement);
    const [line, ...more] = parseRequirementsFile(`# a\n\n${text} \\\n  # b\n`, { path: 'r.txt' });
    expect(more).toEqual([]);
    expect(line).toMatchObject({ kind: 'requirement', line: 3, requirement });
  });
});

test('normalizing a name twice is normalizing it once', () => {
  holds([fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/)], (name) => {
    const once = normalizeName(name);
    expect(normalizeName(once)).toBe(once);
    expect(once).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
  });
});

test('a RECORD that is written and read again holds the same entries', () => {
  holds([recordEntries], (entries) => {
    expect(new Set(parseRecord(formatRecord(entries)))).toEqual(new Set(entries));
  });
});

test('rows are read alike beside plain rows and beside one in quotation marks', () => {
  const cells = [
    'a',
    'a/b.py',
    '',
    '"a"',
    'sha256=Ab_-9',
    'SHA256=AA',
    'sha256=A=',
    'md5=AA',
    '1',
    '007',
    '1e3',
    '9'.repeat(20),
  ];
  const row = fc.array(fc.constantFrom(...cells), { maxLength: 5 }).map((columns) => columns.join(','));
  const plain = fc.tuple(
    fc.constantFrom('a', 'é b', '.x'),
    fc.constantFrom('', 'sha256=Ab_-9'),
    fc.constantFrom('', '12'),
  );
  const rows = fc.array(fc.oneof({ weight: 5, arbitrary: plain.map((columns) => columns.join(',')) }, row), {
    maxLength: 6,
  });
  holds([rows, fc.constantFrom('\n', '\r\n')], (lines, lineEnd) => {
    const text = lines.join(lineEnd);
    const read = (record: string) => {
      try {
        return parseRecord(record);
      } catch {
        return 'refused';
      }
    };
    const beside = read(`"quoted",,\n${text}`);
    expect(read(text)).toEqual(beside === 'refused' ? beside : beside.slice(1));
  });
});

test('a changed RECORD equals one that is written from scratch', () => {
  holds([recordEntries, recordEntries, fc.array(fc.nat(20))], (before, come, chosen) => {
    const gone = chosen.flatMap((index) => before[index]?.path ?? []);
    const away = new Set([...gone, ...come.map(({ path }) => path)]);
    const after = [...before.filter(({ path }) => !away.has(path)), ...come];
    expect(changeRecord(formatRecord(before), gone, come)).toBe(formatRecord(after));
  });
});

test('a wheel ranks with the best of its tags in any order', () => {
  holds([fc.uniqueArray(fc.nat(50)), fc.array(fc.nat(60))], (supported, wheel) => {
    const [list, tags] = [supported.map(String), wheel.map(String)];
    const ranks = tags.map((tag) => list.indexOf(tag)).filter((rank) => rank >= 0);
    expect(tagRank(tags, list)).toBe(ranks.length === 0 ? undefined : Math.min(...ranks));
    expect(tagRank([...tags].reverse(), new Map(list.map((tag, rank) => [tag, rank])))).toBe(tagRank(tags, list));
  });
});

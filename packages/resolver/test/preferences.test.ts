// Which of several possible resolutions is chosen: the order of decisions, of versions, and the policies for pre-releases.
import { type NormalizedName, normalizeName, parseRequirement, parseVersion } from '@wheelwright/packaging';
import { describe, expect, it } from 'vitest';
import { failure, pins, tableProvider } from './helpers.ts';

describe('the order of decisions', () => {
  it('is the order of the roots: the first named keeps its newest version', async () => {
    const table = { 'aa 1': [], 'aa 2': ['bb<2'], 'bb 1': [], 'bb 2': [] };
    expect(await pins(table, ['aa', 'bb'])).toEqual(['aa 2', 'bb 1']);
    expect(await pins(table, ['bb', 'aa'])).toEqual(['aa 1', 'bb 2']);
  });

  it('goes on with what roots require, in the order in which they name it', async () => {
    const table = { 'root 1': ['x', 'y'], 'x 1': [], 'x 2': ['y<2'], 'y 1': [], 'y 2': ['x<2'] };
    expect(await pins(table, ['root'])).toEqual(['root 1', 'x 2', 'y 1']);
  });

  it('follows an extra as soon as its distribution is decided', async () => {
    const table = { 'a 1': ['z<2; extra == "x"'], 'b 2': ['z>=2'], 'b 1': ['z'], 'z 1': [], 'z 2': [] };
    expect(await pins(table, ['a[x]', 'b'])).toEqual(['a[x] 1', 'b 1', 'z 1']);
  });

  it('moves a package forward that loses version after version to an earlier choice', async () => {
    const table: Record<string, string[]> = {};
    for (let n = 1; n <= 300; n += 1) {
      table[`new ${n}`] = [];
      table[`old ${n}`] = n === 1 ? [] : [`new<=${n - 100}`];
    }
    const provider = tableProvider(table);
    expect(await pins(provider, ['new', 'old'])).toEqual(['new 200', 'old 300']);
    expect(provider.asked.length).toBeLessThan(150);
  });
});

describe('preferences', () => {
  const table = { 'a 1': ['b'], 'a 2': ['b'], 'b 1': [], 'b 2': [], 'b 3rc1': [] };

  it('the lowest versions may be tried first, of all packages or of the direct ones', async () => {
    expect(await pins(table, ['a'], { versionOrder: 'lowest' })).toEqual(['a 1', 'b 1']);
    expect(await pins(table, ['a'], { versionOrder: 'lowest-direct' })).toEqual(['a 1', 'b 2']);
    expect(await pins(table, ['a>1', 'b>1'], { versionOrder: 'lowest' })).toEqual(['a 2', 'b 2']);
  });

  it('versions of an earlier lock are tried first, and left where they do not fit', async () => {
    const preferred = new Map([
      [normalizeName('a'), parseVersion('1')],
      [normalizeName('b'), parseVersion('1.0')],
    ]);
    expect(await pins(table, ['a'], { preferred })).toEqual(['a 1', 'b 1']);
    expect(await pins(table, ['a', 'b>=2'], { preferred })).toEqual(['a 1', 'b 2']);
  });

  it('candidates of a higher rank are taken only where no other fits', async () => {
    const provider = tableProvider(table);
    const { candidates } = provider;
    const binary = {
      ...provider,
      candidates: async (name: NormalizedName) =>
        (await candidates(name)).map((one) => ({ ...one, rank: one.version.text === '2' ? 1 : 0 })),
    };
    expect(await pins(binary, ['a'])).toEqual(['a 1', 'b 1']);
    expect(await pins(binary, ['a', 'b>1'])).toEqual(['a 1', 'b 2']);
  });

  it('overrides replace all requirements on their names', async () => {
    const other = { ...table, 'c 1': ['b<1', 'a[x]; extra == "never"'] };
    const overrides = ['b>=2', 'a==1; os_name == "nt"'].map(parseRequirement);
    expect(await pins(other, ['c'], { overrides })).toEqual(['b 2', 'c 1']);
    expect(await pins(other, ['b==1', 'a'], { overrides })).toEqual(['b 2']);
  });
});

describe('pre-releases', () => {
  it('are taken when a requirement names one, or nothing else fits, or they are allowed', async () => {
    const table = { 'a 1': [], 'a 2rc1': [], 'b 1a1': [], 'c 1': ['a>=2b1'], 'd 1': ['b'] };
    expect(await pins(table, ['a'])).toEqual(['a 1']);
    expect(await pins(table, ['a>=2a0'])).toEqual(['a 2rc1']);
    expect(await pins(table, ['a'], { prereleases: 'allow' })).toEqual(['a 2rc1']);
    expect(await pins(table, ['b'])).toEqual(['b 1a1']);
    expect(await pins(table, ['a>1'])).toEqual(['a 2rc1']);
    expect(await pins(table, ['a', 'c'])).toEqual(['a 2rc1', 'c 1']);
    expect(await pins(table, ['d'])).toEqual(['b 1a1', 'd 1']);
  });

  it('are taken when several requirements together leave nothing else', async () => {
    const table = { 'a 1': [], 'a 2b1': [], 'a 3': [], 'b 1': ['a<3'] };
    expect(await pins(table, ['a>1', 'b'])).toEqual(['a 2b1', 'b 1']);
  });

  it('are tried after final versions where only a dependency names one', async () => {
    const table = { 'a 1': ['b>=1rc1', 'c'], 'b 1': [], 'b 2a1': [], 'c 2': ['b>=2a1', 'nope'], 'c 1': [] };
    const known = { ...table, 'nope 1': ['a>=2'] };
    expect(await pins(known, ['a'])).toEqual(['a 1', 'b 1', 'c 1']);
    expect(await pins(known, ['a', 'b>=1rc1'])).toEqual(['a 1', 'b 2a1', 'c 1']);
  });

  it('are not taken to get round a conflict', async () => {
    const error = await failure({ 'a 1': ['b<1'], 'a 2rc1': [], 'b 1': [] }, ['a', 'b>=1']);
    expect(error.code).toBe('RESOLVE_UNSATISFIABLE');
  });
});

describe('the policy for pre-releases', () => {
  const table = { 'a 1': [], 'a 2b1': [], 'b 1rc1': [], 'c 1': ['a>=2b1'] };

  it('may be to take only named ones, or none', async () => {
    expect(await pins(table, ['c', 'a>=2b1'], { prereleases: 'explicit' })).toEqual(['a 2b1', 'c 1']);
    expect((await failure(table, ['c'], { prereleases: 'explicit' })).message).toContain('pre-release');
    expect((await failure(table, ['b'], { prereleases: 'explicit' })).message).toContain('pre-release');
    expect((await failure(table, ['c'], { prereleases: 'disallow' })).message).toContain('pre-release');
  });

  it('may be another one for single names', async () => {
    const prereleasesOf = new Map([[normalizeName('a'), 'allow' as const]]);
    expect(await pins(table, ['a'], { prereleases: 'disallow', prereleasesOf })).toEqual(['a 2b1']);
    expect(await pins(table, ['a', 'b'], { prereleasesOf })).toEqual(['a 2b1', 'b 1rc1']);
  });
});

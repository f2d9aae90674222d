import { parseRequirement } from '@wheelwright/packaging';
import { describe, expect, it } from 'vitest';
import { type Candidate, resolve } from '../src/index.ts';
import { environment, failure, pins, resolveTable, tableProvider } from './helpers.ts';

describe('a resolution', () => {
  it('takes the newest version of everything that is required, and nothing else', async () => {
    const table = {
      'a 1': [],
      'a 2': ['b'],
      'b 1': [],
      'b 1.10': ['c<2'],
      'b 1.9': [],
      'c 1': [],
      'c 2': [],
      'd 1': [],
    };
    expect(await pins(table, ['a'])).toEqual(['a 2', 'b 1.10', 'c 1']);
  });

  it('of nothing is empty', async () => {
    expect(await pins({}, [])).toEqual([]);
  });

  it('tells what was asked for and who requires what', async () => {
    const table = { 'a 1': ['c'], 'b 1': ['c', 'b[x]'], 'c 1': [] };
    const { pins: found } = await resolveTable(table, ['a', 'b']);
    expect(found.map((pin) => [pin.candidate.name, pin.requested, pin.requiredBy])).toEqual([
      ['a', true, []],
      ['b', true, []],
      ['c', false, ['a', 'b']],
    ]);
  });

  it('goes back to an older version where the newest does not fit the others', async () => {
    const table = { 'a 2': ['c>=2'], 'a 1': ['c>=1'], 'b 1': ['c<2'], 'c 1': [], 'c 2': [] };
    expect(await pins(table, ['a', 'b'])).toEqual(['a 1', 'b 1', 'c 1']);
  });

  it('drops what only a version required that was not kept', async () => {
    const table = { 'a 2': ['b', 'only-for-two'], 'a 1': ['b'], 'b 1': ['a<2'], 'only-for-two 1': [] };
    expect(await pins(table, ['a'])).toEqual(['a 1', 'b 1']);
  });

  it('ends in circles', async () => {
    expect(await pins({ 'a 1': ['b'], 'b 1': ['a'], 'b 2': ['a>=2'] }, ['a'])).toEqual(['a 1', 'b 1']);
    expect(await pins({ 'a 1': ['a'], 'a 2': ['a<2'] }, ['a'])).toEqual(['a 1']);
  });

  it('is the same however long each answer takes', async () => {
    const table: Record<string, string[]> = {};
    for (let n = 0; n < 12; n += 1) {
      for (let version = 1; version <= 4; version += 1) {
        table[`p${n} ${version}`] = [`p${(n * 5 + 1) % 12}>=${version - 1}`, `p${(n * 7 + 3) % 12}<=${version + 1}`];
      }
    }
    const expected = await pins(table, ['p0', 'p1']);
    for (let seed = 1; seed < 12; seed += 1) {
      let state = seed;
      const provider = tableProvider(table, async () => {
        state = (state * 48271) % 0x7fffffff;
        for (let turns = state % 7; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
      });
      expect(await pins(provider, ['p0', 'p1'])).toEqual(expected);
    }
  });

  it('asks each question once', async () => {
    const provider = tableProvider({ 'a 1': ['c<2'], 'b 2': ['c>=2'], 'b 1': ['c'], 'c 2': [], 'c 1': [] });
    await pins(provider, ['a', 'b', 'c']);
    expect(provider.asked).toEqual([...new Set(provider.asked)]);
  });

  it('ends with its signal', async () => {
    const abort = new AbortController();
    const provider = tableProvider({ 'a 1': ['b'], 'b 1': [] }, async () => abort.abort(new Error('enough')));
    await expect(resolveTable(provider, ['a'], { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('throws what the provider throws, the same one each time', async () => {
    for (const slow of ['b', 'c']) {
      const provider = tableProvider({ 'a 1': ['b', 'c'] }, async (what) => {
        if (what === slow)
          for (let turns = 0; turns < 5; turns += 1) await new Promise((resolve) => setImmediate(resolve));
        if (what === 'b' || what === 'c') throw new Error(`no ${what}`);
      });
      await expect(resolveTable(provider, ['a'])).rejects.toThrow('no b');
    }
  });
});

describe('warnings', () => {
  it('name extras that the chosen version does not have, where it says which it has', async () => {
    const provider = tableProvider({ 'a 1': ['a[y]'], 'b 1': [] });
    const { requirements } = provider;
    const stating = {
      ...provider,
      requirements: async (candidate: Parameters<typeof requirements>[0]) => ({
        ...(await requirements(candidate)),
        ...(candidate.name === 'a' ? { providesExtra: ['X', 'z'] } : {}),
      }),
    };
    const { warnings } = await resolveTable(stating, ['a[x,w]', 'b[any]']);
    expect(warnings).toEqual(
      ['w', 'y'].map((extra) => ({ kind: 'unknown-extra', name: 'a', version: '1', extra, provided: ['x', 'z'] })),
    );
  });

  it('name yanked versions that were chosen', async () => {
    const { warnings } = await resolveTable({ 'a 1': ['yanked'], 'a 2': [] }, ['a==1']);
    expect(warnings).toEqual([{ kind: 'yanked', name: 'a', version: '1', reason: '' }]);
  });
});

describe('markers and extras', () => {
  it('decide what is required here', async () => {
    const table = {
      'a 1': ['b; python_version < "3"', 'c; sys_platform == "linux"', 'd; extra == "x"', 'e; extra == "y"'],
      'c 1': [],
      'd 1': [],
      'e 1': [],
    };
    expect(await pins(table, ['a', 'b; os_name == "nt"'])).toEqual(['a 1', 'c 1']);
    expect(await pins(table, ['a[X]'])).toEqual(['a[x] 1', 'c 1', 'd 1']);
    expect(await pins(table, ['a[x]', 'a[y]'])).toEqual(['a[x,y] 1', 'c 1', 'd 1', 'e 1']);
  });

  it('of extras that require extras of the same distribution are followed', async () => {
    const table = {
      'a 1': ['a[x,y]; extra == "all"', 'b; extra == "x"', 'c[z]; extra == "y"'],
      'b 1': [],
      'c 1': ['d; extra == "z"'],
      'd 1': [],
    };
    expect(await pins(table, ['a[all]'])).toEqual(['a[all,x,y] 1', 'b 1', 'c[z] 1', 'd 1']);
  });

  it('choose an older distribution when the requirements of the extra do not exist', async () => {
    const table = { 'a 2': ['b>=2; extra == "x"'], 'a 1': ['b; extra == "x"'], 'b 1': [] };
    expect(await pins(table, ['a[x]'])).toEqual(['a[x] 1', 'b 1']);
    expect(await pins(table, ['a'])).toEqual(['a 2']);
  });

  it('met late tie an extra to the version already chosen', async () => {
    const table = {
      'a 3': ['z; extra == "x"'],
      'a 2': ['z; extra == "x"'],
      'a 1': [],
      'b 1': ['c'],
      'c 1': ['a[x]'],
      'z 1': [],
    };
    expect(await pins(table, ['a<3', 'b'])).toEqual(['a[x] 2', 'b 1', 'c 1', 'z 1']);
  });

  it('that a distribution does not have are taken as empty', async () => {
    expect(await pins({ 'a 1': [] }, ['a[nope]'])).toEqual(['a[nope] 1']);
  });
});

describe('versions that may not be used', () => {
  it('are omitted: yanked ones without a pin, and those for other Pythons', async () => {
    const table = {
      'a 1': [],
      'a 2': ['yanked'],
      'a 3': ['python>=3.12'],
      'a 4': ['python nonsense'],
      'b 1': ['a==2'],
    };
    expect(await pins({ ...table, 'a 4': ['python>=3.12'] }, ['a'])).toEqual(['a 1']);
    expect(await pins(table, ['a==2'])).toEqual(['a 2']);
    expect(await pins(table, ['a<3'])).toEqual(['a 1']);
    expect(await pins(table, ['a==2.*']).catch((error: Error) => error.message)).toContain('yanked');
    expect(await pins(table, ['a', 'b'])).toEqual(['a 2', 'b 1']);
    expect(await pins(table, ['a>=1', 'a<3'], { constraints: ['a==2'] })).toEqual(['a 2']);
  });

  it('are left out when reading them shows that they are of no use', async () => {
    const provider = {
      ...tableProvider({ 'a 1': [], 'a 2': [] }),
      requirements: async (candidate: Candidate) =>
        candidate.version.text === '2' ? { unusable: 'its metadata contradicts the index' } : { requiresDist: [] },
    };
    expect(await pins(provider, ['a'])).toEqual(['a 1']);
    expect((await failure(provider, ['a>1'])).message).toContain('a 2 cannot be used: its metadata contradicts');
  });

  it('are left out when only their metadata tells', async () => {
    const provider = tableProvider({ 'a 1': [], 'a 2': [], 'a 3': ['b (>dev)'] });
    const { requirements } = provider;
    const strict = {
      ...provider,
      requirements: async (candidate: Parameters<typeof requirements>[0]) => ({
        ...(await requirements(candidate)),
        requiresPython: candidate.version.text === '2' ? '>=4' : undefined,
      }),
    };
    expect(await pins(strict, ['a'])).toEqual(['a 1']);
  });
});

describe('constraints', () => {
  it('limit what is chosen and install nothing', async () => {
    const table = { 'a 1': ['b'], 'b 1': [], 'b 2': [], 'c 1': [] };
    expect(await pins(table, ['a'], { constraints: ['b<2', 'c==1'] })).toEqual(['a 1', 'b 1']);
    expect(await pins(table, ['a'], { constraints: ['b<2; os_name == "nt"'] })).toEqual(['a 1', 'b 2']);
  });
});

describe('what is installed', () => {
  const table = { 'a 1': ['b'], 'a 2': ['b>=2'], 'b 1': [], 'b 2': [], 'c 1': ['b>=2'] };

  it('is kept without asking anybody', async () => {
    const provider = tableProvider(table);
    expect(await pins(provider, ['a'], { installed: ['a 1', 'b 1'] })).toEqual(['a 1', 'b 1']);
    expect(provider.asked).toEqual(['a 1', 'b 1']);
  });

  it('is replaced where a requirement excludes it, and all of it on demand', async () => {
    expect(await pins(table, ['a>=2'], { installed: ['a 1', 'b 1'] })).toEqual(['a 2', 'b 2']);
    expect(await pins(table, ['a', 'c'], { installed: ['a 1', 'b 1'] })).toEqual(['a 1', 'b 2', 'c 1']);
    expect(await pins(table, ['a'], { installed: ['a 1', 'b 1'], upgrade: 'all' })).toEqual(['a 2', 'b 2']);
  });

  it('is replaced where keeping it would be in the way', async () => {
    const other = { 'a 1': ['b<2'], 'a 2': ['b'], 'b 1': [], 'b 2': [] };
    expect(await pins(other, ['a', 'b>=2'], { installed: ['a 1', 'b 1'] })).toEqual(['a 2', 'b 2']);
  });

  it('may be a pre-release, yanked, or no longer offered', async () => {
    const provider = tableProvider({ 'a 1': [], 'a 2b1': [], 'b 1': ['yanked'] });
    expect(await pins(provider, ['a', 'b'], { installed: ['a 2b1', 'b 1'] })).toEqual(['a 2b1', 'b 1']);
    expect(await pins(provider, ['a'], { installed: ['a 2b1'], upgrade: 'all' })).toEqual(['a 2b1']);
  });
});

describe('requirements by URL', () => {
  const url = 'https://example.invalid/a-5.whl';
  const table = { 'a 1': [], [`a 5 @ ${url}`]: ['b'], 'b 1': [], 'c 1': [`a @ ${url}`], 'd 1': ['a<5'], 'd 0.5': [] };

  it('have one candidate, from the provider or from the caller', async () => {
    expect(await pins(table, [`a @ ${url}`, 'a>=2'])).toEqual(['a 5', 'b 1']);
    const provider = tableProvider(table);
    const requirement = parseRequirement('a');
    const roots = [{ requirement, source: 'a path', candidate: provider.candidate(`a 5 @ ${url}`) }];
    const options = { environment, pythonVersion: '3.11.4', upgrade: 'none', provider, requirements: roots } as const;
    expect((await resolve(options)).pins.map((pin) => pin.candidate.version.text)).toEqual(['5', '1']);
  });

  it('are followed in dependencies, and only for requirers of the extra', async () => {
    expect(await pins(table, ['c', 'a'])).toEqual(['a 5', 'b 1', 'c 1']);
    expect(await pins(table, ['c', 'd'])).toEqual(['a 5', 'b 1', 'c 1', 'd 0.5']);
    expect(await pins({ ...table, 'e 2': [`a @ ${url}`, 'nope'], 'e 1': ['a'] }, ['e'])).toEqual(['a 1', 'e 1']);
  });

  it('contradict other URLs, other names and versions', async () => {
    const other = 'https://ann:secret@example.invalid/a-6.whl';
    const failures = [
      await failure({ ...table, [`a 6 @ ${other}`]: [] }, [`a @ ${url}`, `a @ ${other}`]),
      await failure(table, [`b @ ${url}`]),
      await failure(table, [`a @ ${url}`, 'a<5']),
    ];
    expect(failures.map((error) => error.code)).toEqual(Array(3).fill('RESOLVE_CONFLICT'));
    expect(failures.map((error) => error.message)).toEqual([
      `a is asked for as ${url} and as https://****@example.invalid/a-6.whl.`,
      'the test asks for b, and the file is of a.',
      'The requirements cannot be met together.\n  the test asks for a<5\n  a is given as 5',
    ]);
  });
});

describe('asking ahead of need', () => {
  /** Answers everything that is open at once, and counts how often that was needed. */
  function inWaves(table: Record<string, string[]>) {
    const counter = { waves: 0 };
    let open: (() => void)[] = [];
    const provider = tableProvider(table, () => {
      if (open.length === 0) setImmediate(release);
      return new Promise((resolve) => open.push(resolve));
    });
    const release = () => {
      counter.waves += 1;
      const answered = open;
      open = [];
      for (const resolve of answered) resolve();
    };
    return { provider, counter };
  }

  it('makes a resolution as long as its longest chain, not as its list', async () => {
    const table: Record<string, string[]> = { 'a 1': [] };
    for (let n = 0; n < 20; n += 1) {
      table['a 1']!.push(`b${n}`);
      table[`b${n} 1`] = [`c${n}>=1`];
      table[`c${n} 1`] = [];
    }
    const { provider, counter } = inWaves(table);
    expect(await pins(provider, ['a'])).toHaveLength(41);
    expect(counter.waves).toBe(6); // the versions and the metadata of a, of every b, of every c
  });

  it('asks nothing dear before it must', async () => {
    const table = { 'a 1': ['b', 'c'], 'b 2': [], 'b 1': [], 'c 1': ['b<2'] };
    const { provider } = inWaves(table);
    const sdists = { ...provider, isCheap: () => false };
    expect(await pins(sdists, ['a'])).toEqual(['a 1', 'b 1', 'c 1']);
    expect(provider.asked).toEqual(['a', 'a 1', 'b', 'c', 'c 1', 'b 1']);
  });
});

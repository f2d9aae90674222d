import { parseVersion } from '@wheelwright/packaging';
import { expect, it } from 'vitest';
import { ResolverError } from '../src/index.ts';
import { failure, type Table, tableProvider } from './helpers.ts';

it('the error of an unknown name says what requires it', async () => {
  const error = await failure({ 'a 1': ['nope>=1'] }, ['a']);
  expect(error).toMatchObject({ code: 'RESOLVE_NOT_FOUND', data: { packages: ['nope'] } });
  expect(error.message).toBe(
    `No index or link page offers nope.
  the test asks for a
  a 1 requires nope>=1
  a is offered as 1
  nope is not offered by any index or link page`,
  );
});

it('the error of a missing version lists the existing ones, and why some are not used', async () => {
  const table = { 'a 1': [], 'a 1.1': ['yanked'], 'a 2b1': [], 'a 3': ['python<3'] };
  const error = await failure(table, ['a>=1.1,<2']);
  expect(error.code).toBe('RESOLVE_UNSATISFIABLE');
  expect(error.message).toBe(
    `No version of a meets what is asked for.
  the test asks for a<2,>=1.1
  a is offered as 1, 1.1, 2b1, 3; not used: 3 (requires Python <3, this is 3.11.4), 2b1 (pre-release), 1.1 (yanked)`.replace(
      '<2,>=1.1',
      '>=1.1,<2',
    ),
  );
});

it('a failure tells that a project was given only where something else asks for it', async () => {
  const url = 'https://example.invalid/p-5.whl';
  const table: Table = { [`p 5 @ ${url}`]: ['a<2', 'a>2'], 'a 1': [], 'a 3': [], 'b 1': ['p<5'] };
  const alone = await failure(table, [`p @ ${url}`]);
  expect(alone.code).toBe('RESOLVE_CONFLICT');
  expect(alone.message.split('\n').map((line) => line.trim())).toEqual([
    expect.stringMatching(/^a[<>]2 and a[<>]2 cannot both hold\.$/),
    expect.stringMatching(/^p 5 .*requires a[<>]2$/),
    expect.stringMatching(/^p 5 .*requires a[<>]2$/),
    'a is offered as 1, 3',
  ]);
  const disputed = await failure({ ...table, [`p 5 @ ${url}`]: [] }, [`p @ ${url}`, 'b']);
  expect(disputed.message).toContain('p is given as 5');
  expect(disputed.message).toContain('b 1 requires p<5');
});

it('the hint names pre-releases only where one would do', async () => {
  const table = { 'a 1': [], 'a 2b1': [], 'a 3': ['yanked'] };
  const hint = async (wanted: string) => (await failure(table, [wanted], { prereleases: 'disallow' })).hint;
  expect(await hint('a>1,<3')).toBe('Allow pre-releases, or ask for another version.');
  expect(await hint('a==0.5')).toBe('Ask for another version.');
});

it('a conflict names each party', async () => {
  const table = { 'a 1': ['c<2'], 'a 2': ['c<2'], 'b 1': ['c>=2'], 'c 1': [], 'c 2': [] };
  const error = await failure(table, ['a', 'b']);
  expect(error.code).toBe('RESOLVE_UNSATISFIABLE');
  expect(error.message.split('\n').slice(1).sort()).toEqual([
    '  a is offered as 1, 2',
    '  b 1 requires c>=2',
    '  b is offered as 1',
    '  c is offered as 1, 2',
    '  every version of a requires c<2',
    '  the test asks for a',
    '  the test asks for b',
  ]);
});

it("requirements and constraints that contradict each other are the caller's own conflict", async () => {
  const error = await failure({ 'a 1': [], 'a 2': [] }, ['a>1'], { constraints: ['a<2'] });
  expect(error.code).toBe('RESOLVE_CONFLICT');
  expect(error.message.split('\n').slice(0, 3)).toEqual([
    'a>1 and a<2 cannot both hold.',
    '  the test asks for a>1',
    '  a constraint allows only a<2',
  ]);
});

it('many versions are shortened, and passwords are not shown', async () => {
  const url = 'https://ann:secret@example.invalid/b.whl';
  const table = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`a ${n}`, [`b @ ${url}`]]));
  const error = await failure({ ...table, [`b 1 @ ${url}`]: [], 'b 2': [] }, ['a', 'b>=2']);
  expect(error.message).toContain('every version of a requires b @ https://****@example.invalid/b.whl');
  expect(error.message).toContain('a is offered as 0, 1 … 28, 29 (30 versions)');
  expect(JSON.stringify([error.message, error])).not.toContain('secret');
});

/** A provider whose `refused` gives these versions, by label, with the reason. */
function refusing(table: Table, refused: Readonly<Record<string, string>>) {
  return {
    ...tableProvider(table),
    refused: async (name: string) => {
      const found = Object.entries(refused).filter(([label]) => label.startsWith(`${name} `));
      return found.length === 0
        ? undefined
        : found.map(([label, reason]) => ({ version: parseVersion(label.split(' ')[1]!), reason }));
    },
  };
}

it('a name whose files are all unusable is not called unknown, and the error has the reason', async () => {
  const sdist = 'is offered only as an sdist, and only wheels may be used';
  const error = await failure(refusing({ 'a 1': ['d'] }, { 'd 1': sdist, 'd 2': sdist }), ['a']);
  expect(error).toMatchObject({ code: 'RESOLVE_UNSATISFIABLE', data: { packages: ['d'] } });
  expect(error.message).toBe(`No version of d can be used here.
  the test asks for a
  a 1 requires d
  a is offered as 1
  d 1, 2: each is offered only as an sdist, and only wheels may be used`);
  expect(error.hint).not.toContain('spelling');
});

it('the hint is what the reasons say, each once and no more than two', async () => {
  const provider = (remedies: readonly (string | undefined)[]) => ({
    ...tableProvider({}),
    refused: async () =>
      remedies.map((remedy, at) => ({ version: parseVersion(`${at}`), reason: `is no ${at}`, remedy })),
  });
  const hint = async (...remedies: (string | undefined)[]) => (await failure(provider(remedies), ['a'])).hint;
  expect(await hint('Do one.', 'Do one.', undefined)).toBe('Do one.');
  expect(await hint('Do one.', 'Do two.', 'Do three.')).toBe('Do one. Do two.');
  expect(await hint(undefined)).toBe('Ask for something else in its place.');
  const quarantined = { ...tableProvider({}), refused: async () => 'is quarantined by its index' };
  expect(await failure(quarantined, ['a'])).toMatchObject({
    message: expect.stringContaining('a is quarantined by its index'),
    hint: 'Ask for something else in its place.',
  });
});

it('the error has the reason for a required version without usable files, and not for others', async () => {
  const wheels = 'has wheels for cp36–cp39 only, this is cp311';
  const refused = { 't 2.5': wheels, 't 2.4': wheels, 'nope 1': 'is elsewhere' };
  const error = await failure(refusing({ 't 2.12': [] }, refused), ['t==2.5']);
  expect(error.message).toBe(`No version of t meets what is asked for.
  the test asks for t==2.5
  t is offered as 2.12
  t 2.5 has wheels for cp36–cp39 only, this is cp311`);
});

it('a refused name at the end of a long chain is not called unknown', async () => {
  const length = 20;
  const table = Object.fromEntries(
    Array.from({ length }, (_, at) => [`n${at} 1`, [at + 1 < length ? `n${at + 1}` : 'last']]),
  );
  const error = await failure(refusing(table, { 'last 1': 'has wheels for cp36 only, this is cp311' }), ['n0']);
  expect(error).toMatchObject({ code: 'RESOLVE_UNSATISFIABLE', data: { packages: ['last'] } });
  expect(error.message).toContain('No version of last can be used here.');
});

it('the error of a refused name has the reason', async () => {
  const provider = { ...tableProvider({}), refused: async () => 'is quarantined by its index: malware' };
  const error = await failure(provider, ['q']);
  expect(error.code).toBe('RESOLVE_UNSATISFIABLE');
  expect(error.message).toBe(`No version of q can be used here.
  the test asks for q
  q is quarantined by its index: malware`);
});

it('an error while a failure is explained does not hide the failure', async () => {
  const provider = {
    ...tableProvider({}),
    refused: async () => Promise.reject(new ResolverError('RESOLVE_CONFLICT', 'any coded error')),
  };
  expect((await failure(provider, ['nope'])).message).toContain('nope');
});

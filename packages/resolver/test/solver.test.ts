// The solver against exhaustive search: for small random indexes it finds a solution exactly where there is one.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { pins, type Table } from './helpers.ts';

const names = ['a', 'b', 'c', 'd', 'e'];
const specifier = fc.tuple(fc.constantFrom('', '==', '>=', '<', '!=', '<='), fc.integer({ min: 1, max: 3 }));
const requirement = fc
  .tuple(fc.constantFrom(...names), fc.constantFrom('', '', '', '[x]'), specifier)
  .map(([name, extra, [operator, version]]) => name + extra + (operator === '' ? '' : operator + version));
const dependency = fc
  .tuple(requirement, fc.constantFrom('', '', '; extra == "x"'))
  .map(([text, marker]) => text + marker);
const table: fc.Arbitrary<Table> = fc
  .array(fc.tuple(fc.constantFrom(...names), fc.integer({ min: 1, max: 3 }), fc.array(dependency, { maxLength: 3 })), {
    maxLength: 15,
  })
  .map((rows) => Object.fromEntries(rows.map(([name, version, list]) => [`${name} ${version}`, list])));

it('a solution is found where there is one, and it is one', async () => {
  await fc.assert(
    fc.asyncProperty(table, fc.array(requirement, { minLength: 1, maxLength: 3 }), async (index, wanted) => {
      const found = await pins(index, wanted).catch((error: { code?: string }) => {
        if (!error.code?.startsWith('RESOLVE_')) throw error;
        return undefined;
      });
      if (found === undefined) expect(exists(index, wanted)).toBe(false);
      else expect(problems(index, wanted, found)).toEqual([]);
    }),
    { numRuns: 1500 },
  );
});

/** Whether any choice of at most one version of each name meets everything. */
function exists(index: Table, wanted: readonly string[]): boolean {
  const choices = names.map((name) => [undefined, ...[1, 2, 3].filter((version) => `${name} ${version}` in index)]);
  const extend = (at: number, chosen: Map<string, number>): boolean => {
    if (at === names.length) return isWhole(index, wanted, chosen);
    return choices[at]!.some((version) =>
      extend(at + 1, version === undefined ? chosen : new Map(chosen).set(names[at]!, version)),
    );
  };
  return extend(0, new Map());
}

function isWhole(index: Table, wanted: readonly string[], chosen: ReadonlyMap<string, number>): boolean {
  return follow(index, wanted, chosen) !== undefined;
}

/** What is reached from `wanted` with these versions; undefined when something is missing or of the wrong version. */
function follow(index: Table, wanted: readonly string[], chosen: ReadonlyMap<string, number>): Set<string> | undefined {
  const reached = new Set<string>();
  const open = [...wanted];
  for (let text = open.pop(); text !== undefined; text = open.pop()) {
    const [, name = '', extra, operator = '', number] = /^(\w)(\[x\])?(?:([<>=!]+)(\d))?/.exec(text)!;
    const version = chosen.get(name);
    if (version === undefined || !meets(version, operator, Number(number))) return undefined;
    for (const key of extra === undefined ? [name] : [name, `${name}[x]`]) {
      if (reached.has(key)) continue;
      reached.add(key);
      const list = index[`${name} ${version}`]!;
      open.push(...list.filter((one) => one.includes('extra') === key.includes('[')));
    }
  }
  return reached;
}

function problems(index: Table, wanted: readonly string[], found: readonly string[]): string[] {
  const chosen = new Map(found.map((pin) => [pin[0]!, Number(pin.split(' ')[1])]));
  const reached = follow(index, wanted, chosen);
  if (reached === undefined) return ['it does not meet everything'];
  return [...chosen.keys()].filter((name) => !reached.has(name)).map((name) => `${name} is not needed`);
}

function meets(version: number, operator: string, number: number): boolean {
  if (operator === '') return true;
  if (operator === '==') return version === number;
  if (operator === '!=') return version !== number;
  if (operator === '<') return version < number;
  return operator === '<=' ? version <= number : version >= number;
}

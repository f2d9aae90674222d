// A venv that gets generations and one that gives them up, with a crash and with an error at every mutation of the disk:
// at every moment, recovered or not, what was installed lies where it is looked for.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { isCodedError } from '@wheelwright/errors';
import { readEnvironment } from '@wheelwright/python';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import {
  adoptEnvironment,
  changeEnvironment,
  listGenerations,
  makePlain,
  needsRecovery,
  readInstalledState,
  recoverEnvironment,
  verifyEnvironment,
} from '../../src/index.ts';
import { clock, makeEnvironment, readTree, site, type WheelTreeOptions, wheelTree } from '../environments.ts';
import { addGuest, makeVenv } from '../prefixes.ts';

let dir: string;
let env: string;
let template: string;
const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);

/** A disk on which every sync is counted and none is waited for: what a power cut takes is another test. */
const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };
const options = { now: clock(720), fs: quickFs };

const tool = () =>
  wheel('tool', {
    scripts: { tool: 'tool.mod:main' },
    data: { 'scripts/body': '#!python\nprint(1)\n', 'data/top/x': 'x', 'data/share/tool.txt': 's' },
  });

const directions = [
  {
    title: 'adopting a venv',
    kinds: ['plain', 'own'],
    run: adoptEnvironment,
    prepare: async () => {
      makeVenv(template);
      addGuest(path.join(template, site), 'guest');
      writeFileSync(path.join(template, 'notes.txt'), 'without an owner, and stays');
      writeFileSync(path.join(template, site, 'loose.py'), 'without an owner, and comes along');
      await changeEnvironment(template, { add: [tool()], remove: [] }, options);
    },
  },
  {
    title: 'giving generations up',
    kinds: ['own', 'plain'],
    run: makePlain,
    prepare: async () => {
      mkdirSync(template);
      makeEnvironment(template);
      addGuest(path.join(template, site), 'guest');
      await changeEnvironment(template, { add: [tool()], remove: [] }, options);
    },
  },
];

beforeEach(() => {
  dir = memoryDir();
  [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
});

describe.each(directions)('$title', ({ kinds, run, prepare: makeTemplate }) => {
  const prepare = async () => {
    await makeTemplate();
    copyTree(template, env);
    expect(readEnvironment(env).kind).toBe(kinds[0]);
    const before = readTree(env);
    expect(await run(env, options)).toMatchObject({ committed: true, distributions: 2 });
    expect(readEnvironment(env).kind).toBe(kinds[1]);
    expect(verifyEnvironment(env).problems.filter(({ path: file }) => !file.endsWith('loose.py'))).toEqual([]);
    expect(await run(env, options)).toMatchObject({ committed: false });
    return { before, after: readTree(env) };
  };

  test.each([true, false])('that crashes anywhere is old or new, and works (native calls: %s)', async (native) => {
    const { before, after } = await prepare();
    const points = await forEveryCrash({
      inner: quickFs,
      native,
      // What is left after a call is what is left before the next one.
      hows: native ? ['before', 'torn'] : ['before'],
      setUp: () => copyTree(template, env),
      run: (fs) => run(env, { ...options, fs }),
      check: async () => {
        if (native) expectUsable();
        await recoverEnvironment(env, { fs: quickFs });
        expect([before, after]).toContainEqual(readTree(env));
        expect(needsRecovery(env)).toBe(false);
        if (native) await run(env, options);
        if (native) expect(readTree(env)).toEqual(after);
      },
    });
    expect(points).toBeGreaterThan(60);
  });

  test('that meets an error is undone, or done', async () => {
    const { before, after } = await prepare();
    await forEveryError({
      inner: quickFs,
      errors: ['ENOSPC'],
      sticky: [false],
      setUp: () => copyTree(template, env),
      run: (fs) => run(env, { ...options, fs }),
      check: async (_n, _context, { thrown }) => {
        const committed = thrown === undefined || (isCodedError(thrown) && thrown.data.committed === true);
        expectUsable();
        await recoverEnvironment(env, { fs: quickFs });
        expect(readTree(env)).toEqual(committed ? after : before);
      },
    });
  });
});

test('there and back is the venv that it was, and a change in between stays', async () => {
  await directions[0]!.prepare();
  copyTree(template, env);
  const before = readTree(env);
  await adoptEnvironment(env, options);
  expect(listGenerations(env)).toMatchObject([{ number: 1, current: true }]);
  await makePlain(env, options);
  expect(readTree(env)).toEqual(before);
  await adoptEnvironment(env, options);
  await changeEnvironment(env, { add: [wheel('later', { scripts: { later: 'later:main' } })], remove: [] }, options);
  await makePlain(env, options);
  expect(readInstalledState(env).distributions.map(({ name }) => name)).toEqual(['guest', 'later', 'tool']);
  expect(readTree(env)['bin/later']).toContain('from later import main');
});

// With no recovery: every file of every distribution is where an interpreter looks for it.
function expectUsable(): void {
  for (const file of ['guest/__init__.py', 'tool/mod.py', 'tool-1.0.dist-info/RECORD', 'guest-1.0.dist-info/RECORD']) {
    expect(existsSync(path.join(env, site, file)), file).toBe(true);
  }
  for (const file of ['bin/tool', 'bin/body', 'top/x', 'share/tool.txt']) {
    expect(existsSync(path.join(env, file)), file).toBe(true);
  }
}

import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { collectInputs, type Workplace } from '../../src/cache/observed-inputs.ts';
import type { Observation } from '../../src/runner/read-notes.ts';

const nothing: Observation = {
  ...{ variables: [], files: [], programs: [], facts: [], own: [] },
  ...{ lookedUp: [], usesHome: false },
};

const call = (name: string) => ({ name, cwd: '/', isWatched: true, words: [] });

/** What a build with these notes used. */
async function collect(notes: Partial<Observation>, workplace: Partial<Workplace> = {}) {
  const dir = temporaryDir();
  const here = {
    sourceDir: path.join(dir, 'tree'),
    environment: { PATH: '/usr/bin:/bin' },
    declared: [],
    scratchPath: path.join(dir, 'scratch'),
  };
  const usual = { ownDirs: [path.join(dir, 'builds')], dependencyFile: path.join(dir, 'none'), binDir: undefined };
  return await collectInputs({ ...nothing, ...notes }, here, { isDirty: async () => false, ...usual, ...workplace });
}

test('With the Python of the system, headers and libraries of others are inputs, and its own are none.', async () => {
  const own = ['/usr/include/python3.11', '/usr/lib/python3.11'];
  const files = [
    ['/usr/include/x-not-there.h', 'stat'],
    ['/usr/include/python3.11/Python.h', 'file'],
    ['/usr/lib/python3.11/os.py', 'file'],
    ['/usr/lib/libx-not-there.a', 'stat'],
    ['/usr/include', 'list'],
  ] as const;
  const { inputs } = await collect({ own, files });
  expect(inputs.files).toMatchObject({ '/usr/include/x-not-there.h': 'absent', '/usr/lib/libx-not-there.a': 'absent' });
  expect(Object.keys(inputs.files)).toHaveLength(3);
});

test('A program of the system is an input where the environment has no directory of its own.', async () => {
  const { inputs, unobservable } = await collect({ programs: [call('date'), call('/usr/bin/env')] });
  expect(unobservable).toEqual(['date was started, which tells what is another each time']);
  expect(inputs.programs).toMatchObject({
    date: expect.stringContaining('/date '),
    '/usr/bin/env': expect.any(String),
  });
});

import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { doLinkWork, type LinkBeside, type LinkWork, nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, listGenerations, verifyEnvironment } from '../../src/index.ts';
import { makeEnvironment, readTree, site, wheelTree } from '../environments.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** An environment, and a wheel of so many files that it is worth to share the links. */
function setUp() {
  const dir = temporaryDir();
  mkdirSync(path.join(dir, 'env'));
  const env = makeEnvironment(path.join(dir, 'env'));
  const files = Object.fromEntries(Array.from({ length: 2_200 }, (_, n) => [`many/p${n % 9}/m${n}.py`, `x = ${n}\n`]));
  return { env, many: wheelTree(path.join(dir, 'store'), 'many', { files }) };
}

test('a helper links a part of the files, of a wheel and of what is carried on', async () => {
  const { env, many } = setUp();
  const works: LinkWork[] = [];
  const linkBeside: LinkBeside = (work) => {
    works.push(work);
    return doLinkWork(work, nodeFs, turn);
  };
  await changeEnvironment(env, { add: [many], remove: [] }, { linkBeside });
  const other = wheelTree(path.dirname(many.treeDir), 'other');
  await changeEnvironment(env, { add: [other], remove: [] }, { linkBeside });
  expect(works).toHaveLength(2);
  expect(verifyEnvironment(env).problems).toEqual([]);
  const inode = (file: string) => statSync(file).ino;
  for (const n of [0, 1_000, 2_199]) {
    const file = `many/p${n % 9}/m${n}.py`;
    expect(inode(path.join(env, site, file))).toBe(inode(path.join(many.treeDir, file)));
  }
});

test('a helper that fails leaves the environment as it was', async () => {
  const { env, many } = setUp();
  const before = readTree(env);
  const linkBeside: LinkBeside = async () => {
    await turn();
    throw new Error('the thread died');
  };
  await expect(changeEnvironment(env, { add: [many], remove: [] }, { linkBeside })).rejects.toThrow('the thread died');
  expect(listGenerations(env)).toHaveLength(1);
  const { '.lock': _, ...after } = readTree(env) as Record<string, unknown>;
  const { '.lock': __, ...same } = before as Record<string, unknown>;
  expect(after).toEqual(same);
  await changeEnvironment(env, { add: [many], remove: [] });
  expect(verifyEnvironment(env).problems).toEqual([]);
});

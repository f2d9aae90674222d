// A change that died after its decision and whose journal is refused: without the word of a person nothing is done, with
// it all of the change is kept aside, and the report says what each path is now.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { forEveryCrash } from '@wheelwright/testkit/every-crash';
import { copyTree, memoryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { changeEnvironment, recoverEnvironment, verifyEnvironment } from '../../src/index.ts';
import { clock, readTree, site, wheelTree } from '../environments.ts';
import { makeVenv } from '../prefixes.ts';

const quickFs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

test.each([
  ['damaged', (text: string) => text.replace(/[0-9a-f]{8}\n/, '00000000\n'), 'ATOMIC_FS_JOURNAL_DAMAGED', true],
  [
    'newer',
    (text: string) => text.replace('atomic-fs-journal 1', 'atomic-fs-journal 7'),
    'ATOMIC_FS_JOURNAL_NEWER',
    true,
  ],
  ['cut off', (text: string) => text.slice(0, 100), 'ATOMIC_FS_JOURNAL_DAMAGED', false],
])('A journal that is %s is refused, and given up with all it is about kept.', async (_, damage, code, isLegible) => {
  const dir = memoryDir();
  const [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  makeVenv(template);
  const one = (version: string) =>
    wheelTree(path.join(dir, version), 'one', { version, files: { 'one/mod.py': version } });
  await changeEnvironment(template, { add: [one('1.0')], remove: [] }, { now: clock(1), fs: quickFs });
  const journal = path.join(env, '.wheelwright/work/journal');
  const upgrade = (fs: Fs) => changeEnvironment(env, { add: [one('2.0')], remove: [] }, { now: clock(720), fs });
  let refused = 0;
  await forEveryCrash({
    inner: quickFs,
    hows: ['after'],
    setUp: () => copyTree(template, env),
    run: upgrade,
    check: async () => {
      if (!existsSync(journal)) return;
      refused += 1;
      writeFileSync(journal, damage(readFileSync(journal, 'utf8')));
      const before = readTree(env);
      await expect(recoverEnvironment(env)).rejects.toMatchObject({
        code,
        hint: expect.stringContaining('discard the change'),
      });
      await expect(upgrade(quickFs)).rejects.toMatchObject({ code });
      expect(readTree(env)).toEqual(before);
      const { discarded } = await recoverEnvironment(env, { discard: true });
      expect(discarded?.paths === undefined).toBe(!isLegible);
      expect(readdirSync(discarded!.keptAt)).toContain('journal');
      for (const { path: name, state, kept } of discarded?.paths ?? []) {
        expect(existsSync(path.join(env, name))).toBe(
          state === 'before' ? name.includes('1.0') || !name.includes('2.0') : !name.includes('1.0'),
        );
        for (const other of kept) expect(existsSync(path.join(discarded!.keptAt, other))).toBe(true);
      }
      expect(existsSync(path.join(env, '.wheelwright/work'))).toBe(false);
      // Nothing is in the way of another change, and a second one of its kind is kept beside the first.
      await upgrade(quickFs);
      expect(verifyEnvironment(env).problems.filter(({ kind }) => kind !== 'unowned')).toEqual([]);
      expect(readFileSync(path.join(env, site, 'one/mod.py'), 'utf8')).toBe('2.0');
      expect(existsSync(discarded!.keptAt)).toBe(true);
    },
  });
  expect(refused).toBeGreaterThan(3);
});

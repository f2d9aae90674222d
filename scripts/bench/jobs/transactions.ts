// atomic-fs alone: what a transaction of many files costs against renames that promise nothing, what its recovery costs,
// and what it costs that all of it is on the disk.
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Durability, type Fs, nodeFs, openTransaction, recover } from '@wheelwright/atomic-fs';
import { acquireLock } from '@wheelwright/fslock';
import type { Entrant, Job } from '../job.ts';
import type { Bench } from '../types.ts';

const [before, after] = ['old content\n', 'new content\n'];

export function transactionJobs(bench: Bench): Job[] {
  const [many, some] = [bench.size(10_000), bench.size(2_000)];
  return [
    {
      name: `transaction that replaces ${many} files`,
      note: 'recovery: of one that was killed half-way through its renames; bare: as many renames that promise nothing',
      entrants: async () => [
        transaction('commit', many, 'full', (work) => void work.commit(nodeFs)),
        transaction(
          'recovery',
          many,
          'full',
          (work) => work.recover(),
          (work) => work.commitKilledAt(many / 2),
        ),
        bareRenames(many),
      ],
    },
    {
      name: `transaction that replaces ${some} files, synced against not`,
      goals: [{ entrant: 'synced', than: 'not synced', atMost: 1.1, orMore: 50 }],
      entrants: async () => [
        transaction('synced', some, 'full', (work) => void work.commit(nodeFs)),
        { ...transaction('not synced', some, 'none', (work) => void work.commit(nodeFs)), ours: false },
      ],
    },
  ];
}

/** A directory of files with the lock on it held, and all of its new content on the disk already. */
interface Work {
  commit(fs: Fs): void;
  /** Dies for good after so many renames that follow the decision. */
  commitKilledAt(renames: number): void;
  recover(): void;
}

function transaction(
  name: string,
  count: number,
  durability: Durability,
  run: (work: Work) => void,
  before: (work: Work) => void = () => undefined,
): Entrant {
  return {
    name,
    ours: true,
    async prepare(dir) {
      const root = path.join(dir, 'root');
      const names = writeFiles(root, count);
      const lock = await acquireLock(path.join(dir, 'lock'));
      const commit = (fs: Fs) => {
        const open = openTransaction(root, { lock, durability, fs });
        for (const each of names) writeFileSync(open.stage(each), after);
        open.commit();
      };
      const work: Work = {
        commit,
        commitKilledAt(renames) {
          try {
            commit(dyingFs(renames));
          } catch {
            return; // as meant
          }
          throw new Error('bug: the transaction was not killed.');
        },
        recover: () => void recover(root, { lock, durability }),
      };
      before(work);
      return {
        run: async () => {
          run(work);
          return {};
        },
        async check() {
          lock.release();
          return faultsOf(root, names);
        },
      };
    },
  };
}

function bareRenames(count: number): Entrant {
  return {
    name: 'bare renames',
    ours: false,
    async prepare(dir) {
      const [root, stagedDir] = [path.join(dir, 'root'), path.join(dir, 'staged')];
      const names = writeFiles(root, count);
      mkdirSync(stagedDir);
      return {
        run: async () => {
          for (const name of names) writeFileSync(path.join(stagedDir, name), after);
          for (const name of names) renameSync(path.join(stagedDir, name), path.join(root, name));
          return {};
        },
        check: async () => faultsOf(root, names),
      };
    },
  };
}

function writeFiles(root: string, count: number): string[] {
  mkdirSync(root);
  const names = Array.from({ length: count }, (_, n) => `file-${n}.txt`);
  for (const name of names) writeFileSync(path.join(root, name), before);
  return names;
}

/** Everything new, and nothing else about. */
function faultsOf(root: string, names: readonly string[]): string[] {
  const old = names.filter((name) => readFileSync(path.join(root, name), 'utf8') !== after);
  const litter = readdirSync(root).length - names.length;
  return [
    ...(old.length === 0 ? [] : [`${old.length} of ${names.length} files are old`]),
    ...(litter === 0 ? [] : [`${litter} entries too many`]),
  ];
}

/** The real disk until the journal and then so many entries have got their names; dead from then on. */
function dyingFs(renames: number): Fs {
  let left = renames + 1;
  const dying = <Words extends readonly unknown[], Value>(call: (...words: Words) => Value) => {
    return (...words: Words): Value => {
      if (left <= 0) throw new Error('killed');
      left -= 1;
      return call(...words);
    };
  };
  return {
    ...nodeFs,
    rename: dying(nodeFs.rename),
    renameExchange: dying(nodeFs.renameExchange),
    renameNoReplace: dying(nodeFs.renameNoReplace),
  };
}

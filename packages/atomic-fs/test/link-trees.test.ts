import { linkSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it } from 'vitest';
import { doLinkWork, type LinkBeside, type LinkFiles, type LinkWork, linkTrees } from '../src/link-trees.ts';
import { nodeFs } from '../src/node-fs.ts';

/** Two trees of 1,500 and 1,700 names of one file each, one with a directory larger than a part, and where they go. */
function trees(): LinkFiles[] {
  const root = temporaryDir();
  return [1_500, 1_700].map((count, n) => {
    const [sourceDir, targetDir] = [path.join(root, `source-${n}`), path.join(root, 'target')];
    const sizes = n === 0 ? [count] : Array.from({ length: count / 100 }, () => 100);
    const files = sizes.map((size, at) => ({
      directory: n === 0 ? '' : `part-${at}`,
      names: Array.from({ length: size }, (_, file) => `${n}-${file}`),
    }));
    const file = path.join(root, `file-${n}`);
    writeFileSync(file, '');
    for (const { directory, names } of files) {
      mkdirSync(path.join(sourceDir, directory), { recursive: true });
      mkdirSync(path.join(targetDir, directory), { recursive: true });
      for (const name of names) linkSync(file, path.join(sourceDir, directory, name));
    }
    return { sourceDir, targetDir, files };
  });
}

/** Every file is a link to its source, and there is nothing else. */
function expectLinked(linked: readonly LinkFiles[]): void {
  let count = 0;
  for (const { sourceDir, targetDir, files } of linked) {
    for (const { directory, names } of files) {
      for (const name of names) {
        const [source, target] = [sourceDir, targetDir].map((dir) => statSync(path.join(dir, directory, name)));
        if (source!.ino !== target!.ino) throw new Error(`${directory}/${name} is not a link`);
        count += 1;
      }
    }
  }
  const found = readdirSync(linked[0]!.targetDir, { recursive: true, withFileTypes: true });
  expect(found.filter((entry) => entry.isFile())).toHaveLength(count);
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A helper on this thread: it takes parts in turn with the caller. */
function helper() {
  const taken: LinkWork[] = [];
  const beside: LinkBeside = (work) => {
    taken.push(work);
    return doLinkWork(work, nodeFs, turn);
  };
  return { beside, taken };
}

it('links everything alone', async () => {
  const all = trees();
  await linkTrees(all);
  expectLinked(all);
});

it('shares the parts with a helper, and each is linked once', async () => {
  const all = trees();
  const { beside, taken } = helper();
  await linkTrees(all, { beside, pause: turn });
  expect(taken).toHaveLength(1);
  expectLinked(all);
});

it('asks again for a helper while none is free and enough is left', async () => {
  const all = trees();
  let asked = 0;
  const beside = () => {
    asked += 1;
    return undefined;
  };
  await linkTrees(all, { beside, pause: turn });
  expect(asked).toBeGreaterThan(1);
  expectLinked(all);
});

it('asks for no helper for few files, or on a disk that is not the real one', async () => {
  const all = trees();
  const { beside, taken } = helper();
  await linkTrees([{ ...all[0]!, files: [{ directory: '', names: all[0]!.files[0]!.names.slice(0, 900) }] }], {
    beside,
  });
  await linkTrees([all[1]!], { beside, fs: { ...nodeFs, linkMany: (...args) => nodeFs.linkMany(...args) } });
  expect(taken).toEqual([]);
});

it('throws what a helper throws, and takes no further part', async () => {
  const all = trees();
  let next: Int32Array | undefined;
  const beside: LinkBeside = async (work) => {
    next = work.next;
    Atomics.store(work.next, 0, work.parts.length);
    throw new Error('the disk of the helper');
  };
  await expect(linkTrees(all, { beside, pause: turn })).rejects.toThrow('the disk of the helper');
  expect(Atomics.load(next!, 0)).toBeGreaterThanOrEqual(6);
});

it('waits for the helper to stop before it throws what failed here', async () => {
  const all = trees();
  const last = all[1]!.files.at(-1)!;
  linkSync(
    path.join(all[1]!.sourceDir, last.directory, last.names[0]!),
    path.join(all[1]!.targetDir, last.directory, last.names[0]!),
  );
  let isWorking = false;
  const beside: LinkBeside = async () => {
    isWorking = true;
    for (let n = 0; n < 50; n++) await turn();
    isWorking = false;
  };
  await expect(linkTrees(all, { beside, pause: turn })).rejects.toMatchObject({ code: 'EEXIST' });
  expect(isWorking).toBe(false);
});

it('ends at a pause that throws, with the helper stopped', async () => {
  const all = trees();
  let pauses = 0;
  let helping: LinkWork | undefined;
  const beside: LinkBeside = (work) => {
    helping = work;
    return doLinkWork(work, nodeFs, turn);
  };
  const pause = async () => {
    await turn();
    if (++pauses === 3) throw new Error('stop');
  };
  await expect(linkTrees(all, { beside, pause })).rejects.toThrow('stop');
  expect(Atomics.load(helping!.next, 0)).toBeGreaterThanOrEqual(helping!.parts.length);
});

it('says that it was ended where a helper was ended by the same abort', async () => {
  const all = trees();
  const beside: LinkBeside = async (work) => {
    while (Atomics.load(work.next, 0) < work.parts.length) await turn();
    throw new Error('terminated');
  };
  let isAborted = false;
  const pause = async () => {
    await turn();
    if (isAborted) throw new Error('interrupted by the user');
  };
  const linking = linkTrees(all, { beside: (work) => beside(work)?.finally(() => (isAborted = true)), pause });
  await expect(linking).rejects.toThrow('interrupted by the user');
});

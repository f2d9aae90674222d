// Every primitive with a crash at each of its calls, with the calls that Node lacks and without: the old state or the
// new one under its name, and beside it nothing but what a sweep knows to be litter.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Fs,
  linkTree,
  nodeFs,
  publishDirectory,
  removeTree,
  switchPointer,
  writeFileAtomic,
} from '../src/index.ts';

const errors = ['ENOSPC', 'EDQUOT', 'EIO', 'EMFILE', 'EACCES'];
let root: string;
let count = 0;

beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ww-primitives-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Protocol {
  readonly name: string;
  /** The state before, in a fresh directory. */
  setUp(dir: string): void;
  run(fs: Fs, dir: string): void;
  /** `'old'` or `'new'`; throws at anything else. */
  look(dir: string): 'old' | 'new';
  /** What may lie about after a crash. */
  readonly litter: RegExp;
}

const protocols: readonly Protocol[] = [
  {
    name: 'writeFileAtomic',
    setUp: (dir) => writeFileSync(path.join(dir, 'file'), 'old', { mode: 0o600 }),
    run: (fs, dir) => writeFileAtomic(path.join(dir, 'file'), 'new', { fs }),
    look: (dir) => oneOf(readFileSync(path.join(dir, 'file'), 'utf8')),
    litter: /^\.file\.\d+-[0-9a-f]+\.partial$/,
  },
  {
    name: 'switchPointer',
    setUp: (dir) => switchPointer(path.join(dir, 'current'), 'old'),
    run: (fs, dir) => switchPointer(path.join(dir, 'current'), 'new', { fs }),
    look: (dir) => oneOf(readlinkSync(path.join(dir, 'current'))),
    litter: /^\.current\.\d+-[0-9a-f]+\.partial$/,
  },
  {
    name: 'publishDirectory',
    setUp: (dir) => makeTree(path.join(dir, 'staged')),
    run: (fs, dir) => publishDirectory(path.join(dir, 'staged'), path.join(dir, 'published'), { fs }),
    look: (dir) => {
      const target = path.join(dir, 'published');
      // Without renameat2 the name is taken by an empty directory first, which the next one to publish takes over.
      if (!existsSync(target) || readdirSync(target).length === 0) return 'old';
      expect(listTree(target)).toEqual(wholeTree);
      return 'new';
    },
    litter: /^(staged|published)$/,
  },
  {
    name: 'linkTree and then publishDirectory',
    setUp: (dir) => makeTree(path.join(dir, 'source')),
    run: (fs, dir) => {
      mkdirSync(path.join(dir, 'staged'));
      const files = [
        { directory: '', names: ['one'] },
        { directory: 'a/b', names: ['two', 'three'] },
      ];
      linkTree(
        { sourceDir: path.join(dir, 'source'), targetDir: path.join(dir, 'staged'), directories: ['a', 'a/b'], files },
        { fs },
      );
      publishDirectory(path.join(dir, 'staged'), path.join(dir, 'published'), { fs });
    },
    look: (dir) => {
      expect(listTree(path.join(dir, 'source'))).toEqual(wholeTree);
      const target = path.join(dir, 'published');
      if (!existsSync(target) || readdirSync(target).length === 0) return 'old';
      expect(listTree(target)).toEqual(wholeTree);
      return 'new';
    },
    litter: /^(source|staged|published)$/,
  },
];

for (const native of [true, false]) {
  describe(native ? 'with native calls' : 'without native calls', () => {
    test.each(protocols)(
      '$name: a crash at every call leaves the old or the new',
      async ({ setUp, run, look, litter }) => {
        const seen = new Set<string>();
        await forEveryCrash({
          inner: nodeFs,
          native,
          setUp: () => fresh(setUp),
          run,
          check: (_, dir) => {
            seen.add(look(dir));
            for (const name of litterIn(dir)) expect(name).toMatch(litter);
            // The same again, by the next process: nothing that the crash left is in its way.
            if (existsSync(path.join(dir, 'staged')) && existsSync(path.join(dir, 'source')))
              removeTree(path.join(dir, 'staged'));
            if (look(dir) === 'old') run(nodeFs, dir);
            expect(look(dir)).toBe('new');
          },
        });
        expect([...seen].sort()).toEqual(['new', 'old']);
      },
    );

    test.each(protocols)(
      '$name: an error at every call leaves the old, or says that it is the new',
      async (protocol) => {
        await forEveryError({
          inner: nodeFs,
          native,
          errors,
          setUp: () => fresh(protocol.setUp),
          run: protocol.run,
          check: (_, dir, { thrown, sticky, error, operation }) => {
            const state = protocol.look(dir);
            const said =
              thrown === undefined || (thrown as { code: string }).code === 'ATOMIC_FS_NOT_DURABLE' ? 'new' : 'old';
            // The rename was made, and then the call that made it reported a failure: the caller cannot distinguish it from another failure.
            expect(state).toBe(said);
            if (thrown !== undefined && said === 'old') expect(thrown).toMatchObject({ code: error });
            const partial = litterIn(dir).filter((name) => name.endsWith('.partial'));
            if (!sticky && !operation.startsWith('unlink')) expect(partial).toEqual([]);
          },
        });
      },
    );
  });
}

test('removeTree: whatever a crash leaves, the next one removes, and nothing outside is touched', async () => {
  await forEveryCrash({
    inner: nodeFs,
    setUp: () => fresh((dir) => [makeTree(path.join(dir, 'tree')), makeTree(path.join(dir, 'kept'))]),
    run: (fs, dir) => removeTree(path.join(dir, 'tree'), { fs }),
    check: (_, dir) => {
      removeTree(path.join(dir, 'tree'));
      expect(readdirSync(dir)).toEqual(['kept']);
      expect(listTree(path.join(dir, 'kept'))).toEqual(wholeTree);
    },
  });
});

const wholeTree = ['a', 'a/b', 'a/b/three=3', 'a/b/two=2', 'one=1'];

function fresh(setUp: (dir: string) => void): string {
  count += 1;
  const dir = path.join(root, String(count));
  mkdirSync(dir);
  setUp(dir);
  return dir;
}

function makeTree(dir: string): void {
  mkdirSync(path.join(dir, 'a', 'b'), { recursive: true });
  writeFileSync(path.join(dir, 'one'), '1');
  writeFileSync(path.join(dir, 'a', 'b', 'two'), '2');
  writeFileSync(path.join(dir, 'a', 'b', 'three'), '3');
}

function listTree(dir: string, prefix = ''): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const name = prefix + entry.name;
      const entryPath = path.join(dir, entry.name);
      return entry.isDirectory() ? [name, ...listTree(entryPath, `${name}/`)] : [`${name}=${readFileSync(entryPath)}`];
    });
}

function litterIn(dir: string): string[] {
  return readdirSync(dir).filter((name) => name !== 'file' && name !== 'current');
}

function oneOf(text: string): 'old' | 'new' {
  if (text !== 'old' && text !== 'new') throw new Error(`found ${JSON.stringify(text)}`);
  return text;
}

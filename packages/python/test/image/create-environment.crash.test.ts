// An environment is made with a crash at every single call: afterwards there is none or a complete one, the next
// creation succeeds, and it sweeps what the dead one left.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { forEveryCrash, forEveryError } from '@wheelwright/testkit/every-crash';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  createEnvironment,
  environmentPaths,
  type Interpreter,
  parseGeneration,
  readEnvironment,
} from '../../src/index.ts';
import { fakeInterpreter } from '../interpreters.ts';

// What a lost machine leaves is not looked at here, so nothing is synced: that is nearly all of the time.
const unsynced: Fs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

let root: string;
let count = 0;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'ww-create-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Place {
  readonly root: string;
  readonly dir: string;
  readonly options: { readonly interpreter: Interpreter; readonly layout: 'own'; readonly fs: Fs };
}

function freshPlace(): Place {
  const place = path.join(root, String(++count));
  mkdirSync(place);
  return {
    root: place,
    dir: path.join(place, 'env'),
    options: { interpreter: fakeInterpreter(place), layout: 'own', fs: unsynced },
  };
}

const litter = /^\.wheelwright-venv-\d+-[0-9a-f]{12}$/;

describe.each([true, false])('with the calls that Node lacks: %j', (native) => {
  test('a crash leaves no environment or a whole one', async () => {
    const points = await forEveryCrash<Place>({
      inner: unsynced,
      native,
      hows: native ? ['before', 'after', 'torn'] : ['before'],
      setUp: freshPlace,
      run: (fs, { dir, options }) => createEnvironment(dir, { ...options, fs: fs as Fs }),
      check: (_n, place) => checkFresh(place),
    });
    expect(points).toBeGreaterThan(50);
  });

  test.runIf(native)(
    'an error of the disk leaves no environment or a whole one, and no litter that a working disk could remove',
    async () => {
      await forEveryError<Place>({
        inner: unsynced,
        native,
        errors: ['ENOSPC'],
        setUp: freshPlace,
        run: (fs, { dir, options }) => createEnvironment(dir, { ...options, fs: fs as Fs }),
        check: (_n, place) => checkFresh(place),
      });
    },
  );

  test('a crash while another one is replaced leaves the old one, the new one, or (without an exchange) none', async () => {
    const points = await forEveryCrash<Place>({
      inner: unsynced,
      native,
      hows: native ? ['before', 'after', 'torn'] : ['before'],
      setUp: async () => {
        const place = freshPlace();
        await createEnvironment(place.dir, place.options);
        writeFileSync(path.join(place.dir, 'share', 'old'), 'old');
        return place;
      },
      run: (fs, { dir, options }) => createEnvironment(dir, { ...options, clear: true, fs: fs as Fs }),
      check: async (_n, place) => {
        if (native || isThere(place.dir)) checkWhole(place.dir);
        await createEnvironment(place.dir, { ...place.options, clear: true });
        checkWhole(place.dir);
        expect(existsSync(path.join(place.dir, 'share', 'old'))).toBe(false);
        expect(readdirSync(place.root).sort()).toEqual(['base', 'env']);
      },
    });
    expect(points).toBeGreaterThan(50);
  });
});

async function checkFresh({ root, dir, options }: Place): Promise<void> {
  const others = readdirSync(root).filter((name) => name !== 'base' && name !== 'env');
  expect(others.filter((name) => !litter.test(name))).toEqual([]);
  const was = isThere(dir);
  if (was) {
    checkWhole(dir);
    expect((await createEnvironment(dir, options)).created).toBe(false);
  }
  // The next one that makes something sweeps.
  await createEnvironment(dir, { ...options, clear: was });
  checkWhole(dir);
  expect(readdirSync(root).sort()).toEqual(['base', 'env']);
}

/** Without renameat2 a name is taken by an empty directory first: that is nothing yet. */
function isThere(dir: string): boolean {
  return existsSync(dir) && readdirSync(dir).length > 0;
}

function checkWhole(dir: string): void {
  const environment = readEnvironment(dir);
  expect(environment).toMatchObject({ kind: 'own', generation: 1 });
  const file = path.join(environmentPaths(dir).generations, '1', 'generation.json');
  const { support } = parseGeneration(readFileSync(file, 'utf8'), file);
  for (const name of Object.keys(support)) expect(existsSync(path.join(environment.sitePackages, name))).toBe(true);
  for (const name of ['bin/python', 'bin/activate', 'include', 'share', 'etc', 'lib64', '.lock']) {
    expect(existsSync(path.join(dir, name))).toBe(true);
  }
}

// The order of locks: build key → tree → build environment → environment → shared set → key of the store → list of roots. A process that holds one never waits for one to
// its left, nor for a second of its kind, so no two commands can wait for each other.
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Lock } from '@wheelwright/fslock';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { beforeEach, expect, test, vi } from 'vitest';

const order = ['build key', 'tree', 'build environment', 'environment', 'shared set', 'key', 'roots'] as const;
type Kind = (typeof order)[number];

const held: Kind[] = [];
const waits: { readonly held: readonly Kind[]; readonly kind: Kind }[] = [];
let place: { readonly store: string; readonly tree: string };

/** Undefined: a lease, which has a name of its own and is never waited for. */
function kindOf(lockPath: string): Kind | undefined {
  if (lockPath === place.tree) return 'tree';
  if (path.basename(lockPath) === '.lock') return 'environment';
  if (lockPath.endsWith('.lease')) return undefined;
  if (path.basename(path.dirname(lockPath)) === 'environments') return 'build environment';
  if (lockPath.includes('/builds/kept/locks/')) return 'build key';
  if (path.basename(path.dirname(lockPath)) !== 'locks') return undefined;
  if (path.basename(lockPath) === 'roots') return 'roots';
  return lockPath.startsWith(`${place.store}/`) ? 'key' : 'shared set';
}

vi.mock('@wheelwright/fslock', async (importOriginal) => {
  const real = await importOriginal<typeof import('@wheelwright/fslock')>();
  const noted = (lock: Lock): Lock => {
    const kind = kindOf(lock.path);
    if (kind === undefined) return lock;
    held.push(kind);
    const release = lock.release.bind(lock);
    lock.release = () => {
      const at = held.lastIndexOf(kind);
      if (at >= 0) held.splice(at, 1);
      lock.release = release;
      release();
    };
    return lock;
  };
  const acquireLock: typeof real.acquireLock = async (lockPath, options) => {
    const kind = kindOf(lockPath);
    if (kind !== undefined) waits.push({ held: [...held], kind });
    return noted(await real.acquireLock(lockPath, options));
  };
  const tryAcquireLock: typeof real.tryAcquireLock = async (lockPath, options) => {
    const lock = await real.tryAcquireLock(lockPath, options);
    return lock === undefined ? undefined : noted(lock);
  };
  const withLock: typeof real.withLock = async (lockPath, options, run) => {
    const lock = await acquireLock(lockPath, options);
    try {
      return await run(lock);
    } finally {
      lock.release();
    }
  };
  return { ...real, acquireLock, tryAcquireLock, withLock };
});

beforeEach(() => {
  held.length = 0;
  waits.length = 0;
});

async function open() {
  const { openTool, readSettings } = await import('../src/index.ts');
  const dir = temporaryDir();
  place = { store: path.join(dir, 'store'), tree: path.join(dir, 'tree') };
  mkdirSync(place.tree);
  const settings = readSettings(
    { storeDir: place.store, workingDir: dir, noIndex: true },
    { ...process.env, HOME: dir },
  );
  return { dir, tool: openTool(settings) };
}

/** Every wait, as `held, held → waited for`, that breaks the order. */
function violations(): string[] {
  return waits
    .filter(({ held: holding, kind }) => holding.some((one) => order.indexOf(one) >= order.indexOf(kind)))
    .map(({ held: holding, kind }) => `${holding.join(', ')} → ${kind}`);
}

test.each(['own', 'shared', 'plain'] as const)(
  'Commands on an environment in the layout %s keep the order.',
  async (layout) => {
    const { createVenv, install, recover, uninstall, verify } = await import('../src/index.ts');
    const { dir, tool } = await open();
    const environment = path.join(dir, 'env');
    writeBackendTree(place.tree, { name: 'built' });
    const wheel = writeWheel(dir, { name: 'ready' });
    await createVenv(tool, { dir: environment, layout });
    await install(tool, { environment, requirements: [wheel] });
    await install(tool, { environment, requirements: [place.tree] });
    await verify(tool, { environment });
    await uninstall(tool, { environment, names: ['ready'] });
    await recover(tool, { environment });
    await tool.close();
    const kinds = new Set(waits.map(({ kind }) => kind));
    expect([...kinds]).toEqual(expect.arrayContaining(['build environment', 'environment', 'key', 'tree']));
    expect(violations()).toEqual([]);
    expect(held).toEqual([]);
  },
);

test.each(['snapshot', 'in-place'] as const)(
  'So does a build with the strategy %s that asks for more.',
  async (strategy) => {
    const { buildProject } = await import('../src/index.ts');
    const { dir, tool } = await open();
    writeBackendTree(place.tree, { name: 'built' });
    const outDir = path.join(dir, 'out');
    await buildProject(tool, {
      sourceDir: place.tree,
      kind: 'wheel',
      outDir,
      strategy,
      interpreter: await tool.interpreter(),
    });
    await tool.close();
    expect(waits.map(({ kind }) => kind)).toContain('tree');
    expect(violations()).toEqual([]);
  },
);

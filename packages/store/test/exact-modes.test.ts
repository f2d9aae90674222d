import { lstatSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, it, onTestFinished } from 'vitest';
import { withExactModes } from '../src/exact-modes.ts';
import { openStore } from '../src/open-store.ts';

function modesIn(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => `${name} ${(lstatSync(path.join(dir, name)).mode & 0o7777).toString(8)}`);
}

// The mask of a thread cannot be set, so the port masks as the kernel would.
function underMask(mask: number) {
  return withExactModes(
    {
      ...nodeFs,
      open: (target, flags, mode) => nodeFs.open(target, flags, mode === undefined ? undefined : mode & ~mask),
      mkdir: (target, mode = 0o777) => nodeFs.mkdir(target, mode & ~mask),
    },
    () => mask,
  );
}

async function fill(mask: number): Promise<string[]> {
  const store = await openStore(path.join(temporaryDir(), 'store'), { fs: underMask(mask) });
  onTestFinished(() => store.close());
  const files = { 'a/b.py': 'x', 'a/run': { data: 'y', mode: 0o755 } };
  const { entryDir } = await store.addWheel(writeWheel(temporaryDir(), { name: 'a', files }));
  store.responses.write('key', 'meta', Buffer.from('body'));
  return [...modesIn(entryDir), ...modesIn(store.dir).filter((line) => !line.startsWith('wheels/'))].filter(
    (line) => !/^(?:leases|locks|pins)\/|\/pins\//.test(line),
  );
}

it('fills an entry with the same modes under every umask', async () => {
  const expected = await fill(0o022);
  expect(expected).toContain('tree/a/b.py 444');
  expect(expected).toContain('tree/a/run 555');
  expect(expected).toContain('tree/a 755');
  expect(expected).toContain('responses/key 600');
  for (const mask of [0, 0o077, 0o027, 0o177, 0o277]) expect(await fill(mask)).toEqual(expected);
});

it('adds no call where the umask takes nothing away', () => {
  let chmods = 0;
  const chmod = () => {
    chmods += 1;
  };
  const fs = withExactModes({ ...nodeFs, chmod }, () => 0o022);
  const dir = path.join(temporaryDir(), 'd');
  fs.mkdir(dir, 0o755);
  fs.close(fs.open(path.join(dir, 'f'), 'wx', 0o444));
  expect(chmods).toBe(0);
});

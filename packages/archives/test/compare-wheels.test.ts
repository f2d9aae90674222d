import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { expect, it } from 'vitest';
import { compareWheels } from '../src/compare-wheels.ts';

async function compare(first: WheelOptions, second: WheelOptions) {
  const [a, b] = [buildWheel(first), buildWheel(second)];
  return compareWheels(a.bytes, b.bytes, { filenames: [a.filename, b.filename] });
}

it('finds wheels equal whose archives differ in order, compression and RECORD', async () => {
  const files = { 'a.py': 'a', 'b.py': 'b' };
  const reordered = { 'b.py': 'b', 'a.py': 'a' };
  expect(await compare({ name: 'x', files }, { name: 'x', files: reordered, method: 'stored' })).toEqual([]);
});

it('names every path that differs and how', async () => {
  const first = { name: 'x', files: { 'a.py': 'a', 'b.py': 'b', 'c.sh': 'c' } };
  const second = { name: 'x', files: { 'a.py': 'A', 'd.py': 'd', 'c.sh': { data: 'c', mode: 0o755 } } };
  expect(await compare(first, second)).toEqual([
    { path: 'a.py', kind: 'content' },
    { path: 'b.py', kind: 'only-in-first' },
    { path: 'c.sh', kind: 'executable' },
    { path: 'd.py', kind: 'only-in-second' },
  ]);
});

it('does not believe a RECORD that disagrees with the content', async () => {
  const wrong = { name: 'x', files: { 'a.py': 'a' }, alter: { 'a.py': { data: 'b' } } };
  await expect(compare({ name: 'x', files: { 'a.py': 'a' } }, wrong)).rejects.toMatchObject({
    code: 'WHEEL_RECORD_MISMATCH',
  });
});

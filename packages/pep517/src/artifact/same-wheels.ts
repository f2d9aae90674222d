// Decides whether two wheels of one project install the same files, although other versions of a backend made
// them: what is imported is equal, and what the metadata says to a resolver and an installer.
import { compareWheels, describeWheel } from '@wheelwright/archives';
import type { Metadata } from '@wheelwright/packaging';

/** What backends write into a dist-info directory in their own ways: their name, licenses, formats of metadata. */
const ofBackend = /^[^/]+\.dist-info\/(?!entry_points\.txt$)/;

/**
 * True where both hold the same files, dist-info aside, the same entry points, and metadata with the same requirements,
 * extras and Python. Codes: WHEEL_… where one is not in order.
 */
export async function sameWheels(first: string, second: string): Promise<boolean> {
  const differences = await compareWheels(first, second);
  if (differences.some(({ path }) => !ofBackend.test(path))) return false;
  if (differences.length === 0) return true;
  const [a, b] = await Promise.all([describeWheel(first), describeWheel(second)]);
  return decisive(a.metadata) === decisive(b.metadata) && a.rootIsPurelib === b.rootIsPurelib;
}

function decisive({ name, version, requiresDist, requiresPython, providesExtra }: Metadata): string {
  return JSON.stringify([name, version, [...requiresDist].sort(), requiresPython, [...providesExtra].sort()]);
}

// Compares two wheels by what they install. RECORD, times and the order in the archive do not count. Tests of builds use
// it, because an exit code says nothing about the content of a wheel.
import type { WheelFileEntry } from './open-wheel.ts';
import type { TreeSink } from './tree-sink.ts';
import { unpackWheel } from './unpack-wheel.ts';

/** A file in which two wheels differ. */
export interface WheelDifference {
  /** Relative to the root of the wheels, with '/'. */
  readonly path: string;
  /** Which wheel has the file, or what differs where both have it. */
  readonly kind: 'only-in-first' | 'only-in-second' | 'content' | 'executable';
}

/**
 * The files that differ, sorted by path; none when the two wheels install the same. Reads both whole and checks them
 * against their RECORD. Throws WHEEL_… where one is refused.
 */
export async function compareWheels(
  first: string | Uint8Array,
  second: string | Uint8Array,
  options: { readonly filenames?: readonly [string, string] | undefined } = {},
): Promise<WheelDifference[]> {
  const left = await listFiles(first, options.filenames?.[0]);
  const right = await listFiles(second, options.filenames?.[1]);
  const differences: WheelDifference[] = [];
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    const kind = differenceOf(left.get(path), right.get(path));
    if (kind !== undefined) differences.push({ path, kind });
  }
  return differences;
}

function differenceOf(
  a: WheelFileEntry | undefined,
  b: WheelFileEntry | undefined,
): WheelDifference['kind'] | undefined {
  if (a === undefined) return 'only-in-second';
  if (b === undefined) return 'only-in-first';
  if (a.sha256 !== b.sha256) return 'content';
  return a.executable === b.executable ? undefined : 'executable';
}

const nowhere: TreeSink = {
  directory: () => undefined,
  file: () => undefined,
  largeFile: () => ({ write: () => undefined, end: () => undefined }),
};

async function listFiles(
  wheel: string | Uint8Array,
  filename: string | undefined,
): Promise<Map<string, WheelFileEntry>> {
  const { files, distInfoDir } = await unpackWheel(wheel, nowhere, { filename });
  return new Map(files.filter(({ path }) => path !== `${distInfoDir}/RECORD`).map((file) => [file.path, file]));
}

// Two wheels compared by what they would install: RECORD, times and the order in the archive aside. Tests of builds
// use it, because an exit code says nothing about what is in the wheel.
import type { WheelFileEntry } from './open-wheel.ts';
import type { TreeSink } from './tree-sink.ts';
import { unpackWheel } from './unpack-wheel.ts';

export interface WheelDifference {
  readonly path: string;
  readonly kind: 'only-in-first' | 'only-in-second' | 'content' | 'executable';
}

/**
 * What differs, sorted by path; empty when the two install the same. Both are read whole and held against their RECORD.
 * Throws WHEEL_… where one is not in order.
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

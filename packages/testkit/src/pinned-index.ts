// A loopback index of pinned wheels: the build backends that a tree asks for come from here, never from the network.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type IndexServer, startIndexServer } from './index-server.ts';
import { pinnedPython, pinnedWheels } from './pinned.ts';

/** An index that offers these projects and all that they require, each in the pinned version. Callers close it. */
export async function startPinnedIndex(...names: readonly string[]): Promise<IndexServer> {
  const files = pinnedWheels(...names).map((wheel) => ({
    filename: path.basename(wheel),
    data: readFileSync(wheel),
    metadata: metadataOf(wheel),
  }));
  return startIndexServer({ files });
}

// Python's own reader of zip files, so that a fault in this project's reader cannot hide behind the index.
const readMetadata = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel:
    name = next(name for name in wheel.namelist() if name.count('/') == 1 and name.endswith('.dist-info/METADATA'))
    sys.stdout.buffer.write(wheel.read(name))
`;

function metadataOf(wheel: string): string {
  return execFileSync(pinnedPython().executable, ['-c', readMetadata, wheel], { encoding: 'utf8' });
}

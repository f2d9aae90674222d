// Installs wheel files with this package alone. A program with a store passes unpacked wheels to `changeEnvironment`, which
// saves unpacking them again.
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { directorySink, hashFile, unpackWheel } from '@wheelwright/archives';
import { createTemporary, nodeFs } from '@wheelwright/atomic-fs';
import { changeEnvironment } from './change-environment.ts';
import { directoriesOf } from './layout/directories.ts';
import type { ChangeOptions } from './model/change-options.ts';
import type { EnvironmentChange } from './model/types.ts';
import type { WheelTree } from './model/wheel-tree.ts';
import type { ChangeResult } from './plan/change-result.ts';

/** How {@link installWheels} works: the options of a change, and its policies. */
export interface InstallWheelsOptions extends ChangeOptions, Pick<EnvironmentChange, 'onConflict' | 'force'> {
  /** An absolute directory for the unpacked wheels: on the environment's file system their files are linked. */
  readonly temporaryDir?: string | undefined;
}

/**
 * Installs the wheel files `wheelPaths` (absolute) into the environment at the absolute path `environmentDir`, as one
 * transaction; they replace what is installed under their names. Each wheel is compared with its RECORD while it is
 * unpacked; the caller checks requirements and tags. On throw, and after a crash, the environment is as
 * `changeEnvironment` says. Throws what that throws, and WHEEL_… for an invalid wheel.
 */
export async function installWheels(
  environmentDir: string,
  wheelPaths: readonly string[],
  { temporaryDir = os.tmpdir(), onConflict, force, ...options }: InstallWheelsOptions = {},
): Promise<ChangeResult> {
  const { fs = nodeFs } = options;
  const temporary = await createTemporary(temporaryDir, { prefix: 'wheelwright-wheels', fs });
  try {
    const add: WheelTree[] = [];
    for (const [index, file] of wheelPaths.entries()) {
      const treeDir = path.join(temporary.dir, String(index));
      fs.mkdir(treeDir);
      add.push(await unpackTree(file, treeDir, options.signal));
    }
    return await changeEnvironment(environmentDir, { add, remove: [], onConflict, force }, options);
  } finally {
    temporary.release();
  }
}

async function unpackTree(file: string, treeDir: string, signal: AbortSignal | undefined): Promise<WheelTree> {
  const sha256 = await hashFile(file);
  const wheel = await unpackWheel(file, directorySink(treeDir), { signal });
  const { name, version, distInfoDir, dataDir, rootIsPurelib, files, entryPoints } = wheel;
  const directories = [...directoriesOf(files.map((one) => one.path))].sort();
  // PEP 610: it did not come from an index.
  const archive = { hash: `sha256=${sha256}`, hashes: { sha256 } };
  const directUrl = JSON.stringify({ url: pathToFileURL(file).href, archive_info: archive });
  return {
    name,
    version: version.text,
    sha256,
    treeDir,
    distInfoDir,
    dataDir,
    rootIsPurelib,
    directories,
    files,
    entryPoints,
    requested: true,
    directUrl,
  };
}

// What is built: a tree of the user, or an sdist, which is unpacked into the build's own directory first.
import { statSync } from 'node:fs';
import path from 'node:path';
import { unpackSdist } from '@wheelwright/archives';
import { isCodedError } from '@wheelwright/errors';
import { Pep517Error } from '../pep517-error.ts';
import { type Project, readProject } from '../project/project.ts';
import type { BuildArea } from './build-area.ts';
import { abortedError } from './deadline.ts';

export interface BuildSource {
  /** Validated. `dir` is what the user named: the tree's real path, or the path of the sdist. */
  readonly project: Project;
  /** Where the sdist was unpacked: private, so nothing has to be copied or locked. */
  readonly unpackedDir?: string | undefined;
}

/** Whether `source` is a file, so an sdist if anything. */
export function isSdistFile(source: string): boolean {
  return statSync(source, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Unpacks the sdist and reads the project in it. Codes: SDIST_…, PEP517_NOT_A_PROJECT, PEP517_BAD_PYPROJECT. */
export async function openSdistSource(
  sdistPath: string,
  area: BuildArea,
  signal: AbortSignal | undefined,
): Promise<BuildSource> {
  const { rootDir } = await unpackSdist(sdistPath, area.treeParentDir, { signal }).catch((error: unknown) => {
    throw signal?.aborted ? abortedError(sdistPath, signal) : error;
  });
  try {
    return { project: { ...readProject(rootDir), dir: path.resolve(sdistPath) }, unpackedDir: rootDir };
  } catch (error) {
    if (!(error instanceof Pep517Error) || !isCodedError(error)) throw error;
    const { code, message, hint, data, cause } = error;
    throw new Pep517Error(code, message.replaceAll(rootDir, sdistPath), {
      hint,
      cause,
      data: { ...data, path: sdistPath },
    });
  }
}

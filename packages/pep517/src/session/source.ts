// Opens the source of a build: a tree, or an sdist, which is first unpacked into the build's private directory.
import { statSync } from 'node:fs';
import path from 'node:path';
import { unpackSdist } from '@wheelwright/archives';
import { isCodedError } from '@wheelwright/errors';
import { Pep517Error } from '../pep517-error.ts';
import { type Project, readProject } from '../project/project.ts';
import type { BuildArea } from './build-area.ts';
import { abortedError } from './deadline.ts';

export interface BuildSource {
  /** The validated project. `dir` is what the user named: the tree's real path, or the path of the sdist. */
  readonly project: Project;
  /** The directory of the unpacked sdist. It is private, so it is neither copied nor locked. */
  readonly unpackedDir?: string | undefined;
}

/** Whether `source` is a file and therefore an sdist. */
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

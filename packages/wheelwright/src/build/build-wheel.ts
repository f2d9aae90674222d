// Builds a source (an sdist, a directory, the checkout of a repository) into a wheel in the store, once. Every command that
// installs a source calls this file.
import type { TreeUnderConstruction } from '@wheelwright/pep517';
import type { Interpreter } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { type BuiltWheel, buildIntoStore } from './build.ts';

export type { BuiltWheel } from './build.ts';

/** The source of a wheel. */
export interface SourceToBuild {
  /** Absolute path of a directory, or of an sdist file. */
  readonly path: string;
  /**
   * Identifies the content, if the caller knows it: `sha256:<hex>` of an sdist, or `git+<url>@<commit>#<subdirectory>`.
   * The build key then contains this text instead of a hash of the content, so a cached wheel is found without reading it.
   */
  readonly identity?: string | undefined;
}

/** Options for building a source. */
export interface BuildRequest {
  /** The Python that the wheel is for. */
  readonly interpreter: Interpreter;
  /** Settings for the backend, as PEP 517 has them. */
  readonly configSettings?: Readonly<Record<string, unknown>> | undefined;
  /** `'use'` (default): returns a cached build. `'renew'`: builds again and caches the result. `'off'`: does not use the cache. */
  readonly cache?: 'use' | 'renew' | 'off' | undefined;
  /** False: the backend runs in the interpreter's own environment, and the wheel is not cached. */
  readonly isolation?: boolean | undefined;
  /** The builds that wait for this one, outermost first. Used to refuse a build that requires itself. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/**
 * Returns the wheel of a source, in the store. A cached wheel is found by its build key; otherwise one of all threads and
 * processes that want it builds it. Takes no environment lock, and the caller must hold none. Does not write to the source.
 * @throws Pep517Error PEP517_…; SDIST_… for an invalid sdist; errors of resolver, index and store pass unchanged.
 */
export async function buildWheel(tool: Tool, source: SourceToBuild, request: BuildRequest): Promise<BuiltWheel> {
  return await buildInto(tool, source, request, 'wheel');
}

/**
 * Returns the editable wheel (PEP 660) of a directory, in the store. Such a wheel contains the directory's path, so it is
 * built in place under the tree's exclusive lock, and the cache returns it only for that directory.
 * @throws as {@link buildWheel}.
 */
export async function buildEditable(tool: Tool, source: SourceToBuild, request: BuildRequest): Promise<BuiltWheel> {
  return await buildInto(tool, source, request, 'editable');
}

async function buildInto(
  tool: Tool,
  { path: sourceDir, identity: sourceIdentity }: SourceToBuild,
  request: BuildRequest,
  kind: 'wheel' | 'editable',
): Promise<BuiltWheel> {
  return await buildIntoStore(tool, { ...request, sourceDir, sourceIdentity, kind });
}

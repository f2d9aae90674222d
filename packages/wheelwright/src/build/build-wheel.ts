// A source becomes a wheel in the store, once: the one way from anything that is not a wheel (an sdist, a directory, the
// checkout of a repository) to something that can be installed. Everything that installs sources calls this file.
import type { TreeUnderConstruction } from '@wheelwright/pep517';
import type { Interpreter } from '@wheelwright/python';
import type { Tool } from '../tool/tool.ts';
import { type BuiltWheel, buildIntoStore } from './build.ts';

export type { BuiltWheel } from './build.ts';

/** What a wheel is built of. */
export interface SourceToBuild {
  /** Absolute path of a directory, or of an sdist file. */
  readonly path: string;
  /**
   * What the content is, where the caller knows it: `sha256:<hex>` of an sdist, or `git+<url>@<commit>#<subdirectory>`.
   * The build key then holds it in place of a hash of the content, and nothing is read to find a wheel again.
   */
  readonly identity?: string | undefined;
}

/** How a source is built. */
export interface BuildRequest {
  /** The Python that the wheel is for. */
  readonly interpreter: Interpreter;
  /** Settings for the backend, as PEP 517 has them. */
  readonly configSettings?: Readonly<Record<string, unknown>> | undefined;
  /** `'use'` (default): what was built is given back. `'renew'`: built anew and kept. `'off'`: neither read nor kept. */
  readonly cache?: 'use' | 'renew' | 'off' | undefined;
  /** False: the backend runs in the interpreter's own environment, and the wheel is not kept. */
  readonly isolation?: boolean | undefined;
  /** The builds that wait for this one, outermost first; a build that requires itself is refused by it. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/**
 * The wheel of a source, in the store: found under its build key, else built by one of all threads and processes that
 * ask for it at once. Takes no environment lock; the caller holds none. The source is not written to.
 * @throws Pep517Error PEP517_…; SDIST_… for what is no sdist; resolver, index and store errors as they come.
 */
export async function buildWheel(tool: Tool, source: SourceToBuild, request: BuildRequest): Promise<BuiltWheel> {
  return await buildInto(tool, source, request, 'wheel');
}

/**
 * The editable wheel (PEP 660) of a directory, in the store. It names the directory, so it is built in place under the
 * tree's exclusive lock, and is found again only for that directory.
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

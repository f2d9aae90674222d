// Implements the builder that `sources/` needs, with the functions of `build.ts`. These are passed as arguments, because a
// build whose own requirements are sources comes back to this file, with itself among the waiting builds.
import type { NormalizedName } from '@wheelwright/packaging';
import type { SharedBuildOptions, TreeUnderConstruction } from '@wheelwright/pep517';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import type { OpenSources } from '../requirements/resolution.ts';
import { createSourceOpener } from '../sources/open-sources.ts';
import type { BuildableSource, ConfigSettings, SourceBuilder } from '../sources/ports.ts';
import type { Tool } from '../tool/tool.ts';
import { buildsWaiting } from './builds-waiting.ts';

/** Options for building the sources of one resolution. */
export interface BuildSourcesOptions {
  /** The Python that wheels are for. */
  readonly interpreter: Interpreter;
  /** False: only wheels are accepted. */
  readonly canBuild?: boolean | undefined;
  /** False: backends run in the interpreter's own environment. */
  readonly isolation?: boolean | undefined;
  /** Config settings for the backend of a source, by name; those for all sources if the name is undefined. */
  readonly configSettings?: ((name: NormalizedName | undefined) => ConfigSettings | undefined) | undefined;
  readonly shared?: SharedBuildOptions | undefined;
  /** The directory in which built wheels remain; without it they are only in the store. */
  readonly outDir?: string | undefined;
  /** Receives the path and the sha256 (hex) of each file in `outDir`. */
  readonly onBuilt?: ((wheelPath: string, sha256: string) => void) | undefined;
  /** Whether cached builds go to the remote too. Needs `outDir`. */
  readonly publishesKept?: boolean | undefined;
  /** The builds that wait for these, outermost first. */
  readonly underConstruction?: readonly TreeUnderConstruction[] | undefined;
}

/** The options of one build. */
interface BuildCall extends Omit<BuildSourcesOptions, 'configSettings' | 'canBuild'> {
  readonly sourceDir: string;
  readonly shownAs?: string | undefined;
  /** Identifies the content; see `BuildableSource.identity`. */
  readonly sourceIdentity?: string | undefined;
  readonly configSettings?: ConfigSettings | undefined;
}

/** The functions of `build.ts` that this file calls. */
export interface BuildCalls {
  buildIntoStore(tool: Tool, call: BuildCall & { readonly kind: 'wheel' | 'editable' }): Promise<StoredWheel>;
  readMetadata(tool: Tool, call: BuildCall): Promise<{ readonly text: string; readonly from: string }>;
}

/** Opens sources and builds them with `options`. */
export function openSourcesWith(calls: BuildCalls, tool: Tool, options: BuildSourcesOptions): OpenSources {
  const { interpreter, configSettings, canBuild = true } = options;
  const builder = canBuild ? createBuilder(calls, tool, options) : undefined;
  return (index) => createSourceOpener({ tool, index, interpreter, builder, configSettings });
}

function createBuilder(calls: BuildCalls, tool: Tool, options: BuildSourcesOptions): SourceBuilder {
  const { interpreter, isolation, shared, outDir, onBuilt, publishesKept, underConstruction = [] } = options;
  const callFor = async (source: BuildableSource) => {
    const { path: sourceDir, configSettings, shownAs, identity } = source;
    if (identity !== undefined) await refuseCycle(identity, shownAs ?? sourceDir, underConstruction);
    const own = identity === undefined ? [] : [{ dir: identity, name: shownAs ?? sourceDir }];
    const waiting = [...underConstruction, ...own];
    const known = { sourceDir, sourceIdentity: identity, shownAs };
    return { ...known, interpreter, isolation, shared, underConstruction: waiting, configSettings };
  };
  const build = async (source: BuildableSource, kind: 'wheel' | 'editable') =>
    calls.buildIntoStore(tool, { ...(await callFor(source)), kind, outDir, onBuilt, publishesKept });
  return {
    buildWheel: (source) => build(source, 'wheel'),
    buildEditable: (source) => build(source, 'editable'),
    async readMetadata(source) {
      const { text, from } = await calls.readMetadata(tool, await callFor(source));
      return { text, isStatic: from !== 'backend' };
    },
  };
}

/**
 * Throws PEP517_BUILD_CYCLE if a build of this content is already waiting. The build engine recognises directories; this
 * function recognises content that may be unpacked at another path each time.
 */
async function refuseCycle(
  identity: string,
  name: string,
  underConstruction: readonly TreeUnderConstruction[],
): Promise<void> {
  const at = underConstruction.findIndex(({ dir }) => dir === identity);
  if (at < 0) return;
  const { Pep517Error } = await import('@wheelwright/pep517');
  const named = buildsWaiting(underConstruction.slice(at));
  const names = [...named.map((tree) => tree.name ?? tree.dir), name];
  throw new Pep517Error('PEP517_BUILD_CYCLE', `A build requires itself: ${names.join(' → ')}.`, {
    hint: 'Provide one of them as a wheel.',
    data: { cycle: names },
  });
}

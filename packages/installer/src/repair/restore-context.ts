// What the parts of a repair of the environment itself work with.
import type { Durability, Fs } from '@wheelwright/atomic-fs';
import type { Interpreter } from '@wheelwright/python';

/** The Python that the environment is for, as far as it could be found. */
export type RestoreInterpreter = Pick<
  Interpreter,
  'executable' | 'version' | 'versionText' | 'libDirName' | 'markers' | 'cacheTag' | 'magic'
>;

/** What its parts work with. */
export interface RestoreContext {
  readonly interpreter: RestoreInterpreter | undefined;
  readonly command: string;
  readonly signal: AbortSignal | undefined;
  readonly durability: Durability;
  readonly fs: Fs;
  readonly now: () => Date;
  /** Sentences for {@link RestoreReport.notes}. */
  readonly notes: string[];
}

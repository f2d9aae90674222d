// What every part of the restoration of an environment works with.
import type { Durability, Fs } from '@wheelwright/atomic-fs';
import type { Interpreter } from '@wheelwright/python';

/** What is needed of the interpreter that the environment is for. */
export type RestoreInterpreter = Pick<
  Interpreter,
  'executable' | 'version' | 'versionText' | 'libDirName' | 'markers' | 'cacheTag' | 'magic'
>;

/** The options with their defaults. */
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

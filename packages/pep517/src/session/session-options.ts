// The options of a session, and what its steps share.
import type { Turn } from '../build-cache.ts';
import type { Project } from '../project/project.ts';
import type { BuildArea } from './build-area.ts';
import type { BuildLog } from './build-log.ts';
import type { BuildOptions } from './build-types.ts';
import type { Deadline } from './deadline.ts';
import type { FailedHook } from './hook-failure.ts';
import { worksInPlace } from './place-tree.ts';
import type { BuildSource } from './source.ts';

/** Options of a session. */
export type SessionOptions = Omit<BuildOptions, 'outDir'> & {
  readonly outDir?: string | undefined;
  /** Whether the inputs of the hooks are observed. */
  readonly observes?: boolean | undefined;
  /** Remembers what the hook get_requires_for_build_wheel of setuptools answers in the environment of this build. */
  readonly remembers?: Remembers | undefined;
  /** Runs what may wait for other builds; see `Turn`. */
  readonly pause?: Turn['pause'] | undefined;
};

/** A text that outlives the build; undefined if it was not written. */
export interface Remembers {
  read(): string | undefined;
  write(text: string): void;
}

/** What the steps of one session share. */
export interface SessionParts {
  readonly source: BuildSource;
  readonly project: Project;
  readonly area: BuildArea;
  readonly log: BuildLog;
  readonly deadline: Deadline;
  readonly options: SessionOptions;
}

/** What an error says of a hook that failed in the session. */
export function failedHook({ source, project, log, options }: SessionParts): FailedHook {
  return { project, log, isCopy: source.unpackedDir === undefined && !worksInPlace(options, project) };
}

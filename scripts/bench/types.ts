// What the parts of the bench share: the bench itself, and one step of a command line.
import type { IndexServer } from '@wheelwright/testkit/index-server';
import type { Tool } from './tools/tool.ts';

/** The bench, open until `close`. */
export interface Bench {
  /** The checkout. */
  readonly rootDir: string;
  /** Holds everything that the bench makes; removed at the end. */
  readonly baseDir: string;
  /** The directory of the current series, on a file system of its own where that can be made. */
  readonly seriesDir: string;
  /** Files that are fetched or made once and kept between runs. */
  readonly keptDir: string;
  /** One round with a tenth of everything. */
  readonly quick: boolean;
  /** Counted rounds of each job. */
  readonly rounds: number;
  /** The real interpreter that all tools are given. */
  readonly python: string;
  /** The whole environment of a command: a path, an empty home, a language. */
  readonly environment: NodeJS.ProcessEnv;
  /** The index on loopback. */
  readonly server: IndexServer;
  /** The tools that are compared, ours first. */
  readonly tools: readonly Tool[];
  /** The tools that fill a fresh environment: ours twice, as two commands and as one. */
  readonly installers: readonly Tool[];
  /** A sentence for each tool that this machine lacks. */
  readonly absent: readonly string[];
  /** `full`, or a tenth of it when `quick`. */
  size(full: number): number;
  /** Reports once why something is left out. */
  skip(sentence: string): void;
  /** Starts the next series in a directory of its own and returns the directory. */
  openSeries(): string;
  /** Runs `work` when the bench is closed, before its directories go. */
  onClose(work: () => Promise<unknown>): void;
  /** Directories that `close` removes. */
  ownDirs: string[];
  close(): Promise<void>;
}

/** One command. */
export interface Step {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: the directory of the series. */
  readonly cwd?: string | undefined;
}

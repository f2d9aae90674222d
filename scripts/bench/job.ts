// What a benchmark is made of: a job, which every entrant does once in every round, and what one such trial gives.

/** What one run gave. Without `measure` the time of the run itself is the measure. */
export interface Outcome {
  readonly measure?: number | undefined;
  /** What went wrong: an entrant with a fault is reported as wrong, however fast it was. */
  readonly faults?: readonly string[] | undefined;
  /** Further numbers of the run, by name. */
  readonly figures?: Readonly<Record<string, number>> | undefined;
}

/** One run of one entrant: prepared already, not checked yet. */
export interface Trial {
  /** The clock runs while this does. */
  run(): Promise<Outcome>;
  /** Looks at the result, after the clock; gives what is wrong with it. */
  check?(): Promise<readonly string[]>;
}

/** One who takes part in a job. */
export interface Entrant {
  readonly name: string;
  /** Ratios are ours to each of the others. */
  readonly ours: boolean;
  /** For the slow ones; at most as many as asked for. */
  readonly rounds?: number | undefined;
  /** Everything up to the start of the clock; `dir` exists and is this run's alone. */
  prepare(dir: string): Promise<Trial>;
}

/** What the design asks for: so many times what another takes, or so many units. */
export interface Goal {
  readonly entrant: string;
  readonly than?: string | undefined;
  readonly atMost: number;
  /** Or so many units more than the other takes. */
  readonly orMore?: number | undefined;
  /** The goal is for this figure, not for the measure. */
  readonly figure?: string | undefined;
}

/** One thing that is measured. */
export interface Job {
  readonly name: string;
  readonly unit?: 'ms' | 'µs' | undefined;
  readonly goals?: readonly Goal[] | undefined;
  /** What a reader has to know about the figures, in a line. */
  readonly note?: string | undefined;
  /** Called when the job's turn comes. */
  entrants(): Promise<readonly Entrant[]>;
}

/** All runs of one entrant. */
export interface Result {
  readonly name: string;
  readonly ours: boolean;
  readonly measures: readonly number[];
  readonly figures: Readonly<Record<string, number>>;
  /** One for every round that went wrong, the warming one included. */
  readonly faults: readonly string[];
}

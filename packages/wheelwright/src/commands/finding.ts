// The findings of `doctor`, each with a proposal.

/** The kinds of findings. */
export type FindingKind =
  | 'environment-damaged'
  | 'environment-moved'
  | 'newer-format'
  | 'interpreter-gone'
  | 'interpreter-changed'
  | 'unfinished'
  | 'kept-aside'
  | 'lock-held'
  | 'files-damaged'
  | 'files-of-nobody'
  | 'other-installer'
  | 'unmet-requirement'
  | 'no-store'
  | 'store-unsafe'
  | 'store-damaged'
  | 'no-hard-links'
  | 'no-native-calls'
  | 'byte-code'
  | 'python-path';

/** Formats `ww WORDS` in backquotes, with `-p` if the user named the environment with `-p`. */
export type CommandLine = (...words: readonly string[]) => string;

/** One finding. */
export interface Finding {
  /** The kind, which is stable, for programs. */
  readonly kind: FindingKind;
  /** A `problem` needs an action; a `note` is information. */
  readonly severity: 'problem' | 'note';
  /** What was found, as a sentence. */
  readonly text: string;
  /** What to do, as a sentence. */
  readonly proposal: string;
}

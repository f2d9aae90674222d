// What `doctor` has to say: one thing each, with what to do about it.

/** What a finding can be about. */
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

/** One thing that `doctor` has to say. */
export interface Finding {
  /** What it is about; stable, for programs. */
  readonly kind: FindingKind;
  /** A `problem` is wrong; a `note` is only good to know. */
  readonly severity: 'problem' | 'note';
  /** A sentence. */
  readonly text: string;
  /** A sentence: what to do. */
  readonly proposal: string;
}

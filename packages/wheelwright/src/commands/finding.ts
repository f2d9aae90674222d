// What `doctor` has to say: one thing each, with what to do about it.

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
  | 'store-unsafe'
  | 'store-damaged'
  | 'no-hard-links'
  | 'no-native-calls'
  | 'byte-code'
  | 'python-path';

export interface Finding {
  readonly kind: FindingKind;
  /** A `problem` is wrong; a `note` is only good to know. */
  readonly severity: 'problem' | 'note';
  /** A sentence. */
  readonly text: string;
  /** A sentence: what to do. */
  readonly proposal: string;
}

/** Up to three of `items`, and how many more. */
export function some(items: readonly string[]): string {
  return items.length <= 3 ? items.join(', ') : `${items.slice(0, 3).join(', ')} and ${items.length - 3} more`;
}

/** `1 file belongs`, `2 files belong`. */
export function counted(number: number, noun: string, verb: readonly [one: string, many: string]): string {
  return number === 1 ? `1 ${noun} ${verb[0]}` : `${number} ${noun}s ${verb[1]}`;
}

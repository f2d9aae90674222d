// Colours by meaning, and whether a stream gets any: options first, then NO_COLOR and FORCE_COLOR, then the terminal.
import { isTerminal } from '../is-terminal.ts';

/** When to print colours, as `--color` has it; `false` is `--no-color`. */
export type ColorChoice = 'auto' | 'always' | 'never' | boolean | undefined;

/** Text as it looks by what it means; the text itself where there are no colours. */
export interface Style {
  /** What came. */
  added(text: string): string;
  /** What went. */
  removed(text: string): string;
  /** What is another now. */
  changed(text: string): string;
  /** What failed. */
  error(text: string): string;
  /** What may be wrong. */
  warning(text: string): string;
  /** What is less important than the rest of its line. */
  muted(text: string): string;
  /** What matters most in its line. */
  strong(text: string): string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether the stream gets colours (no-color.org, force-color.org). */
export function wantsColor(fd: 1 | 2, choice: ColorChoice, variables: Variables = process.env): boolean {
  if (choice === 'always') return true;
  if (choice === 'never' || choice === false) return false;
  if (variables.NO_COLOR) return false;
  if (variables.FORCE_COLOR !== undefined && variables.FORCE_COLOR !== '') return variables.FORCE_COLOR !== '0';
  return isTerminal(fd) && variables.TERM !== 'dumb';
}

/** The style of a stream with or without colours. */
export function createStyle(enabled: boolean): Style {
  const paint = (open: number, close: number) => (text: string) =>
    enabled && text !== '' ? `\u001B[${open}m${text}\u001B[${close}m` : text;
  return {
    added: paint(32, 39),
    removed: paint(31, 39),
    changed: paint(33, 39),
    error: paint(31, 39),
    warning: paint(33, 39),
    muted: paint(2, 22),
    strong: paint(1, 22),
  };
}

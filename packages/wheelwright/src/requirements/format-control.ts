// Decides whether wheels or sdists may be used for a name, from `--only-binary` and `--no-binary`, as pip does. Each option
// lists packages, `:all:` or `:none:`, and a later option overrides an earlier one.
import { normalizeName, PackagingError } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** One use of `--only-binary` or `--no-binary`; `value` is a list with commas. */
export interface FormatOption {
  /** The option. */
  readonly name: '--only-binary' | '--no-binary';
  /** Names separated by commas, `:all:` or `:none:`. */
  readonly value: string;
  /** Where it was written, for messages. */
  readonly source?: string | undefined;
}

/** Which kinds of file may be used for one name. */
export interface AllowedFormats {
  readonly wheels: boolean;
  readonly sdists: boolean;
}

/** Decides for each name. Two equal `key`s mean equal decisions. */
export type FormatControl = ((name: string) => AllowedFormats) & { readonly key: string };

/**
 * The decisions of the options, in the given order.
 * @throws WheelwrightError WHEELWRIGHT_USAGE for a value that is not a list of names.
 */
export function readFormatControl(options: readonly FormatOption[]): FormatControl {
  const chosen = { '--only-binary': new Set<string>(), '--no-binary': new Set<string>() };
  for (const { name, value, source = name } of options) {
    const own = chosen[name];
    const other = chosen[name === '--no-binary' ? '--only-binary' : '--no-binary'];
    for (const word of value.split(',').map((text) => text.trim())) {
      if (word === ':all:') {
        other.clear();
        own.clear();
        own.add(':all:');
      } else if (word === ':none:') own.clear();
      else if (word !== '') {
        const normalized = readName(word, name, source);
        other.delete(normalized);
        own.add(normalized);
      }
    }
  }
  const formatsOf = (name: string) => {
    const isNamed = (option: FormatOption['name']) => chosen[option].has(name);
    if (isNamed('--only-binary')) return { wheels: true, sdists: false };
    if (isNamed('--no-binary')) return { wheels: false, sdists: true };
    return { wheels: !chosen['--no-binary'].has(':all:'), sdists: !chosen['--only-binary'].has(':all:') };
  };
  const key = JSON.stringify(Object.values(chosen).map((names) => [...names].sort()));
  return Object.assign(formatsOf, { key });
}

function readName(word: string, option: string, source: string): string {
  try {
    return normalizeName(word);
  } catch (cause) {
    if (!(cause instanceof PackagingError)) throw cause;
    throw new WheelwrightError(
      'WHEELWRIGHT_USAGE',
      `${source} gives ${option} the value ${JSON.stringify(word)}, which is not a name.`,
      { cause, hint: 'Name packages with commas between them, or :all: or :none:.' },
    );
  }
}

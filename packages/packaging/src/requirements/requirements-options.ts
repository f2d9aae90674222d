// The options that may stand in a requirements file, in all their spellings.

import { PackagingError, quote } from '../packaging-error.ts';

export interface ParsedOption {
  /** The long name. */
  readonly name: string;
  /** Empty for an option that takes none. */
  readonly value: string;
}

const withValue: ReadonlyMap<string, string> = new Map([
  ['-r', '--requirement'],
  ['--requirement', '--requirement'],
  ['-c', '--constraint'],
  ['--constraint', '--constraint'],
  ['-e', '--editable'],
  ['--editable', '--editable'],
  ['-i', '--index-url'],
  ['--index-url', '--index-url'],
  ['--extra-index-url', '--extra-index-url'],
  ['-f', '--find-links'],
  ['--find-links', '--find-links'],
  ['--no-binary', '--no-binary'],
  ['--only-binary', '--only-binary'],
  ['--trusted-host', '--trusted-host'],
  ['--use-feature', '--use-feature'],
  ['--uploaded-prior-to', '--uploaded-prior-to'],
  ['--all-releases', '--all-releases'],
  ['--only-final', '--only-final'],
  ['--hash', '--hash'],
  ['-C', '--config-settings'],
  ['--config-setting', '--config-settings'],
  ['--config-settings', '--config-settings'],
  ['--global-option', '--global-option'],
]);
const flags: readonly string[] = ['--no-index', '--no-cache-dir', '--prefer-binary', '--require-hashes', '--pre'];

/** The options among `words`; throws `PACKAGING_INVALID_REQUIREMENTS_FILE` for any other word. */
export function parseOptions(words: readonly string[]): ParsedOption[] {
  const options: ParsedOption[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!;
    const { written, attached } = splitWord(word);
    const name = withValue.get(written);
    if (name !== undefined) {
      const value = attached ?? words[index + 1];
      if (value === undefined) throw invalid(`${written} needs a value`);
      if (attached === undefined) index += 1;
      options.push({ name, value });
    } else if (flags.includes(written)) {
      if (attached !== undefined) throw invalid(`${written} takes no value`);
      options.push({ name: written, value: '' });
    } else {
      throw invalid(
        written.startsWith('-')
          ? `the option ${quote(written)} is not known here`
          : `${quote(word)} belongs to no option`,
      );
    }
  }
  return options;
}

// `--name=value`, or a short one with its value behind it: `-rfile`.
function splitWord(word: string): { written: string; attached: string | undefined } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    if (equals < 0) return { written: word, attached: undefined };
    return { written: word.slice(0, equals), attached: word.slice(equals + 1) };
  }
  if (!word.startsWith('-') || word.length <= 2) return { written: word, attached: undefined };
  return { written: word.slice(0, 2), attached: word.slice(2) };
}

function invalid(reason: string): PackagingError {
  return new PackagingError('PACKAGING_INVALID_REQUIREMENTS_FILE', `${reason}.`);
}

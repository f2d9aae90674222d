// Formats values for messages: lists, counts, shell command lines.

/** Quotes `words` as a command line for a POSIX shell; `$(…)` stays as it is. */
export function shellLine(words: readonly string[]): string {
  return words
    .map((word) => {
      if (/^[\w@%+=:,./-]+$/.test(word)) return word;
      return /^\$\([\w -]+\)$/.test(word) ? `"${word}"` : `'${word.replaceAll("'", `'\\''`)}'`;
    })
    .join(' ');
}

/** `1 file belongs`, `2 files belong`. */
export function counted(number: number, noun: string, verb: readonly [one: string, many: string]): string {
  return number === 1 ? `1 ${noun} ${verb[0]}` : `${number} ${noun}s ${verb[1]}`;
}

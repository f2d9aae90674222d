// How values are written in sentences for people: lists, counts, lines of a shell.

/** `words` as a line that a POSIX shell reads as these words; `$(…)` stays as it is. */
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

// A line as people type it, made into the order that the parser reads: the command first, its options after it, values of
// short options written as `-C=x` like `-Cx`.
import { commonOptionsWithValue } from '../definitions/options.ts';

/** What {@link splitShortValues} needs to know of an option; commander's `Option` has it. */
export interface OptionShape {
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  /** It takes the next word as its value. */
  readonly required: boolean;
}

/** Options that stand before a command and take the next word; pip and uv have `--python` there. */
const valuesBefore: ReadonlySet<string> = new Set([...commonOptionsWithValue, '-p', '--python']);

/** The line with its command first: `-q --store x install six` becomes `install -q --store x six`. */
export function commandFirst(argv: readonly string[]): string[] {
  const [first = '', second = ''] = argv;
  // `ww --help install` asks for what `ww install --help` prints.
  if (argv.length === 2 && ['-h', '--help'].includes(first) && !second.startsWith('-')) return [second, first];
  let at = 0;
  while (at < argv.length) {
    const word = argv[at]!;
    if (['-h', '--help', '-V', '--version', '--'].includes(word)) return [...argv];
    if (!word.startsWith('-')) break;
    at += valuesBefore.has(word) ? 2 : 1;
  }
  if (at >= argv.length) return [...argv];
  return [argv[at]!, ...argv.slice(0, at), ...argv.slice(at + 1)];
}

/**
 * Writes `-C=x` as `--config-setting=x`, for the parser takes `=x` for the value where argparse and clap take `x`.
 * @param args the words after the command
 * @param stopsAtFirst what follows the first word without a dash belongs to another program
 */
export function splitShortValues(
  args: readonly string[],
  options: readonly OptionShape[],
  { stopsAtFirst = false }: { readonly stopsAtFirst?: boolean } = {},
): string[] {
  const named = new Map(
    options.flatMap((option) => [option.short, option.long].map((name) => [name, option] as const)),
  );
  const words: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at]!;
    if (word === '--' || (stopsAtFirst && !word.startsWith('-'))) return [...words, ...args.slice(at)];
    words.push(...(/^-[^-]./.test(word) ? splitCluster(word, named) : [word]));
    if (named.get(word)?.required === true && at + 1 < args.length) words.push(args[++at]!);
  }
  return words;
}

/** `-UC=x` as `-U` and `--config-setting=x`; the word itself where no value is written with `=`. */
function splitCluster(word: string, named: ReadonlyMap<string | undefined, OptionShape>): string[] {
  for (let at = 1; at < word.length; at += 1) {
    const option = named.get(`-${word[at]}`);
    if (option === undefined) return [word];
    if (!option.required) continue;
    if (word[at + 1] !== '=') return [word];
    const flags = at > 1 ? [word.slice(0, at)] : [];
    return [...flags, `${option.long ?? option.short}=${word.slice(at + 2)}`];
  }
  return [word];
}

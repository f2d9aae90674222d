// The options that say which files may be chosen, the same for every command that resolves.
import type { ChoiceOptions } from 'wheelwright';

/** As the parser gives them. `binary` and `onlyBinary` hold every format option so far, in the order of the line. */
export interface ChoiceFlags {
  readonly pre?: boolean;
  readonly onlyBinary?: readonly string[];
  readonly binary?: readonly string[] | boolean;
  readonly build?: boolean;
  readonly preferBinary?: boolean;
  readonly requireHashes?: boolean;
  readonly prerelease?: string;
  readonly prereleaseOf?: readonly string[];
  readonly resolution?: 'highest' | 'lowest' | 'lowest-direct';
  readonly excludeNewer?: string;
}

/** The library's words for them. */
export function readChoices(flags: ChoiceFlags): ChoiceOptions {
  return {
    prereleases: flags.pre === true || flags.prerelease === 'allow',
    prereleasesOf: flags.prereleaseOf,
    versionOrder: flags.resolution,
    excludeNewer: flags.excludeNewer,
    preferBinary: flags.preferBinary,
    requireHashes: flags.requireHashes,
    formats: readFormats(flags),
  };
}

function readFormats({ onlyBinary = [], binary, build }: ChoiceFlags): ChoiceOptions['formats'] {
  const noBinary = Array.isArray(binary) ? binary : [];
  // Each list was made when its option was read last, so the longer one holds them all.
  const all = noBinary.length > onlyBinary.length ? noBinary : onlyBinary;
  const formats = all.map((text) => {
    const name = text.startsWith('--only-binary=') ? ('--only-binary' as const) : ('--no-binary' as const);
    return { name, value: text.slice(name.length + 1) };
  });
  return build === false ? [...formats, { name: '--only-binary', value: ':all:' }] : formats;
}

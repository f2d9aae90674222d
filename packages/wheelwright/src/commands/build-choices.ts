// How a command that installs builds its sources: settings for backends, and whether they run apart.
import path from 'node:path';
import { type NormalizedName, normalizeName } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Place } from '../environment/place.ts';
import { readConfigSettings } from '../sources/open-sources.ts';
import type { ConfigSettings } from '../sources/ports.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** What a command line may say of builds. */
export interface BuildChoices {
  /** `key=value` for the backend of every source. */
  readonly configSettings?: readonly string[] | undefined;
  /** `name:key=value` for the backend of one. */
  readonly packageConfigSettings?: readonly string[] | undefined;
  /** False: backends run in the environment's own interpreter, which has to hold what they require. */
  readonly isolation?: boolean | undefined;
}

/**
 * The Python that runs backends: without isolation that of the environment, since its packages are what builds then find.
 * Other Pythons and their tags stay as they are.
 */
export function buildInterpreter({ environment, interpreter }: Place, { isolation }: BuildChoices): Interpreter {
  if (isolation !== false || environment.kind === 'target') return interpreter;
  return { ...interpreter, foundAs: path.join(environment.dir, 'bin', 'python') };
}

/** The same as builds take it. Throws WHEELWRIGHT_USAGE for a setting that names no package. */
export function readBuildChoices({ configSettings = [], packageConfigSettings = [], isolation }: BuildChoices): {
  readonly isolation: boolean | undefined;
  readonly configSettings: (name: NormalizedName | undefined) => ConfigSettings | undefined;
} {
  const own = new Map<NormalizedName, string[]>();
  for (const text of packageConfigSettings) {
    const [, name, setting] = /^([A-Za-z0-9][A-Za-z0-9._-]*):(.+)$/s.exec(text) ?? [];
    if (name === undefined || setting === undefined)
      throw new WheelwrightError('WHEELWRIGHT_USAGE', `${text} is not a setting of a package.`, {
        hint: 'Write NAME:KEY=VALUE.',
      });
    const normalized = normalizeName(name);
    own.set(normalized, [...(own.get(normalized) ?? []), setting]);
  }
  return {
    isolation,
    configSettings(name) {
      const texts = [...configSettings, ...((name && own.get(name)) ?? [])];
      return texts.length === 0 ? undefined : readConfigSettings(texts);
    },
  };
}

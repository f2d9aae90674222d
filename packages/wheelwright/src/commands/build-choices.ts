// Build options of commands that install: config settings for backends, and whether builds are isolated.
import path from 'node:path';
import { type NormalizedName, normalizeName } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { Place } from '../environment/place.ts';
import { readConfigSettings } from '../sources/open-sources.ts';
import type { ConfigSettings } from '../sources/ports.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Build options of a command line. */
export interface BuildChoices {
  /** `key=value` for the backends of all sources. */
  readonly configSettings?: readonly string[] | undefined;
  /** `name:key=value` for the backend of one source. */
  readonly packageConfigSettings?: readonly string[] | undefined;
  /** False: backends run in the environment's own interpreter, which must have their requirements. */
  readonly isolation?: boolean | undefined;
}

/**
 * The Python that runs backends. Without isolation it is that of the environment, since builds then use its packages. Other
 * Pythons and their tags are unchanged.
 */
export function buildInterpreter({ environment, interpreter }: Place, { isolation }: BuildChoices): Interpreter {
  if (isolation !== false || environment.kind === 'target') return interpreter;
  return { ...interpreter, foundAs: path.join(environment.dir, 'bin', 'python') };
}

/** Parses the settings for builds. Throws WHEELWRIGHT_USAGE for a setting that names no package. */
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

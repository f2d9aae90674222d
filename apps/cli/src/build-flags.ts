// The options that say how sources are built, the same for every command that installs or locks.
import type { BuildChoices } from 'wheelwright';

/** As the parser gives them. */
export interface BuildFlags {
  readonly configSetting?: readonly string[];
  readonly configSettings?: readonly string[];
  readonly configSettingsPackage?: readonly string[];
  readonly buildIsolation?: boolean;
}

/** The library's words for them. */
export function readBuild(flags: BuildFlags): BuildChoices {
  const { configSetting = [], configSettings = [], configSettingsPackage, buildIsolation } = flags;
  return {
    configSettings: [...configSetting, ...configSettings],
    packageConfigSettings: configSettingsPackage,
    isolation: buildIsolation,
  };
}

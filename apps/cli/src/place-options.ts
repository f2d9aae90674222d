// The options that say what a command works on, the same for every command.
import type { PlaceOptions } from 'wheelwright';

/** As the parser gives them. */
export interface PlaceFlags {
  readonly python?: string;
  readonly target?: string;
  readonly breakSystemPackages?: boolean;
  readonly platform?: readonly string[];
  readonly pythonVersion?: string;
  readonly implementation?: string;
  readonly abi?: readonly string[];
}

/** The library's words for them. */
export function readPlace(flags: PlaceFlags): PlaceOptions {
  return {
    environment: flags.python,
    target: flags.target,
    breakSystemPackages: flags.breakSystemPackages,
    platforms: flags.platform,
    pythonVersion: flags.pythonVersion,
    implementation: flags.implementation,
    abis: flags.abi,
  };
}

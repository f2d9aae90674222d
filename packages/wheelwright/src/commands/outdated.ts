// `list --outdated`: finds newer versions on the index, for this Python.
import { compareVersions, isPrerelease, tryParseVersion } from '@wheelwright/packaging';
import { type InstalledDistribution, listDistributions } from '@wheelwright/python';
import { settle } from '../environment/place.ts';
import { createPackageProvider } from '../resolve/package-provider.ts';
import { withCall } from '../tool/call.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import type { ReadOptions } from './read-installed.ts';

/** A distribution that could be upgraded. */
export interface OutdatedDistribution {
  /** As its metadata spells it. */
  readonly name: string;
  /** The installed version. */
  readonly version: string;
  /** The newest version with a file for this Python; a pre-release only if `prereleases` accepts one. */
  readonly latest: string;
  /** Whether it is installed editable. */
  readonly editable: boolean;
}

/** Asks the index for each distribution. One that no index knows is not outdated. */
export async function outdated(
  tool: Tool,
  options: ReadOptions & { readonly prereleases?: boolean | undefined } = {},
): Promise<readonly OutdatedDistribution[]> {
  return withCall(tool, options, async (called) => {
    const environment = called.environment(options.environment);
    await settle(called, environment);
    const interpreter = await called.interpreter(environment.interpreterExecutable);
    const index = await called.index(interpreter);
    const provider = createPackageProvider({
      index,
      target: interpreter,
      given: new Map(),
      findStored: () => undefined,
    });
    const compare = async (distribution: InstalledDistribution): Promise<OutdatedDistribution | undefined> => {
      const { rawName, name, version, editable } = distribution;
      const installed = tryParseVersion(version);
      if (installed === undefined) return undefined;
      const offered = (await provider.candidates(name))
        .filter((one) => !one.yanked && (options.prereleases === true || !isPrerelease(one.version)))
        .map((one) => one.version)
        .sort(compareVersions);
      const latest = offered.at(-1);
      if (latest === undefined || compareVersions(latest, installed) <= 0) return undefined;
      return { name: rawName, version, latest: latest.text, editable };
    };
    const distributions = listDistributions(environment.sitePackages);
    const found = await mapConcurrently(distributions, { limit: 16, signal: called.signal }, compare);
    return found.filter((one) => one !== undefined);
  });
}

// What a prefix without generations holds, read from its RECORDs alone. Which wheel a distribution came from stands in a
// file of its dist-info, since there is no generation.json to keep it.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { listDistributions } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import { lackingIn } from './compare-file.ts';
import { readLosers } from './losers.ts';
import { installerName, ownerOf } from './owner-of.ts';
import type { Prefix } from './prefix.ts';

/** The file of a dist-info that says which wheel it came from. */
export const originName = 'wheelwright.json';
const originFormat = 1;

/** What lies in the prefix now. For what is to be changed, call it under the lock. */
export function readPrefixState({ environmentDir, prefixDir, layout }: Prefix): InstalledState {
  const siteDir = path.join(prefixDir, layout.sitePackages);
  const distributions = listDistributions(siteDir).map((distribution) => {
    const ours = distribution.installer === installerName;
    return ownerOf(distribution, layout, ours ? readOrigin(distribution.distInfoDir) : undefined);
  });
  return {
    environmentDir,
    prefixDir,
    generation: undefined,
    layout,
    distributions,
    lacks: lackingIn(prefixDir),
    get losers() {
      return readLosers(prefixDir);
    },
  };
}

/** The text that names the wheel with this sha256. */
export function formatOrigin(sha256: string): string {
  return `${JSON.stringify({ format: originFormat, sha256 })}\n`;
}

function readOrigin(distInfoDir: string): string | undefined {
  try {
    const origin = JSON.parse(readText(path.join(distInfoDir, originName)) ?? '{}');
    return origin.format === originFormat && typeof origin.sha256 === 'string' ? origin.sha256 : undefined;
  } catch {
    return undefined; // what cannot be read says nothing: the wheel is installed again
  }
}

// What a prefix without generations holds, read from its RECORDs. There is no generation.json, so a file in each dist-info
// says from which wheel the distribution is.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { listDistributions } from '@wheelwright/python';
import type { InstalledState } from '../model/types.ts';
import { lackingIn } from './compare-file.ts';
import { readLosers } from './losers.ts';
import { installerName, ownerOf } from './owner-of.ts';
import type { Prefix } from './prefix.ts';

/** The file of a dist-info that says from which wheel the distribution is. */
export const originName = 'wheelwright.json';
const originFormat = 1;

/** What the prefix holds now. A caller that changes something by it holds the environment's lock. */
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

/** The text of that file for the wheel with this hexadecimal sha256. */
export function formatOrigin(sha256: string): string {
  return `${JSON.stringify({ format: originFormat, sha256 })}\n`;
}

function readOrigin(distInfoDir: string): string | undefined {
  try {
    const origin = JSON.parse(readText(path.join(distInfoDir, originName)) ?? '{}');
    return origin.format === originFormat && typeof origin.sha256 === 'string' ? origin.sha256 : undefined;
  } catch {
    return undefined; // without this file the wheel is installed again
  }
}

// Losers of conflicts when an environment becomes one of another layout: a venv holds them in its `.wheelwright`, an
// environment with generations in each generation.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { createFile, type Fs, type LinkMode, linkFile, readText } from '@wheelwright/atomic-fs';
import { scriptStub } from '@wheelwright/python';
import { plannedScripts } from '../layout/entry-point-scripts.ts';
import { entryPointScript } from '../layout/script-text.ts';
import type { InstalledState, LoserFile } from '../model/types.ts';
import { formatLosers, losersDir, losersIndexName, readLosers } from '../read/losers.ts';

/** How the files are made. */
export interface CarryLosersOptions {
  readonly fs: Fs;
  readonly linkMode: LinkMode;
}

/** Links the losers of the venv at `prefixDir` into its generation; returns false where the venv has none. */
export function losersIntoGeneration(
  prefixDir: string,
  generationDir: string,
  { fs, linkMode }: CarryLosersOptions,
): boolean {
  const files = readLosers(prefixDir);
  if (files.length === 0) return false;
  const [fromDir, toDir] = [path.join(prefixDir, losersDir), path.join(generationDir, losersDir)];
  fs.mkdir(path.dirname(toDir));
  fs.mkdir(toDir);
  for (const name of namesOf(files)) linkFile(`${fromDir}/${name}`, `${toDir}/${name}`, { fs, mode: linkMode });
  createFile(`${toDir}/${losersIndexName}`, formatLosers(files), { fs });
  return true;
}

/** Makes the directory `toDir` of a venv. A stub needs a map that a venv lacks, so it becomes the script that it starts. */
export function losersIntoVenv(state: InstalledState, toDir: string, { fs, linkMode }: CarryLosersOptions): void {
  const { environmentDir, prefixDir, layout, distributions } = state;
  const python = path.join(environmentDir, layout.scripts, 'python');
  const fromDir = path.join(prefixDir, losersDir);
  const texts = new Map<string, string>();
  const files = readLosers(prefixDir).flatMap((file): LoserFile[] => {
    const name = path.posix.basename(file.path);
    const isScript = path.posix.dirname(file.path) === layout.scripts;
    if (!isScript || readText(`${fromDir}/${file.sha256}`) !== scriptStub(environmentDir, name)) return [file];
    const owner = distributions.find((one) => one.name === file.owner);
    const script = owner && plannedScripts(owner.name, owner.entryPoints).find((one) => one.name === name);
    if (script === undefined) return [];
    const text = entryPointScript(python, script);
    const sha256 = createHash('sha256').update(text).digest('hex');
    texts.set(sha256, text);
    return [{ ...file, sha256, size: Buffer.byteLength(text) }];
  });
  fs.mkdir(toDir);
  for (const name of namesOf(files)) {
    const text = texts.get(name);
    if (text !== undefined) createFile(`${toDir}/${name}`, text, { mode: 0o777, fs });
    else linkFile(`${fromDir}/${name}`, `${toDir}/${name}`, { fs, mode: linkMode });
  }
  createFile(`${toDir}/${losersIndexName}`, formatLosers(files), { fs });
}

function namesOf(files: readonly LoserFile[]): ReadonlySet<string> {
  return new Set(files.map(({ sha256 }) => sha256));
}

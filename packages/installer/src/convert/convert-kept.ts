// What lost a conflict goes along when an environment becomes one of another kind: in a venv it lies in the directory of
// our own, in an environment with generations in each of them.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { createFile, type Fs, type LinkMode, readText } from '@wheelwright/atomic-fs';
import { scriptStub } from '@wheelwright/python';
import { plannedScripts } from '../layout/entry-point-scripts.ts';
import { placeFile } from '../layout/place-file.ts';
import { entryPointScript } from '../layout/script-text.ts';
import type { InstalledState, KeptFile } from '../model/types.ts';
import { formatKept, keptIndexName, readKept } from '../read/kept.ts';
import { keptDir } from '../read/prefix.ts';

/** How the files are made. */
export interface PlaceKeptOptions {
  readonly fs: Fs;
  readonly linkMode: LinkMode;
}

/** Takes what is kept for the venv into a generation of it; false: nothing is. */
export function keepInGeneration(
  prefixDir: string,
  generationDir: string,
  { fs, linkMode }: PlaceKeptOptions,
): boolean {
  const files = readKept(prefixDir);
  if (files.length === 0) return false;
  const [fromDir, toDir] = [path.join(prefixDir, keptDir), path.join(generationDir, keptDir)];
  fs.mkdir(path.dirname(toDir));
  fs.mkdir(toDir);
  for (const name of namesOf(files)) placeFile(`${fromDir}/${name}`, `${toDir}/${name}`, { fs, mode: linkMode });
  createFile(`${toDir}/${keptIndexName}`, formatKept(files), { fs });
  return true;
}

/** Makes `toDir` for a venv. Stubs, which lead to a map that a venv has not, become what they start. */
export function keepInVenv(state: InstalledState, toDir: string, { fs, linkMode }: PlaceKeptOptions): void {
  const { environmentDir, prefixDir, layout, distributions } = state;
  const python = path.join(environmentDir, layout.scripts, 'python');
  const fromDir = path.join(prefixDir, keptDir);
  const texts = new Map<string, string>();
  const files = readKept(prefixDir).flatMap((file): KeptFile[] => {
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
    else placeFile(`${fromDir}/${name}`, `${toDir}/${name}`, { fs, mode: linkMode });
  }
  createFile(`${toDir}/${keptIndexName}`, formatKept(files), { fs });
}

function namesOf(files: readonly KeptFile[]): ReadonlySet<string> {
  return new Set(files.map(({ sha256 }) => sha256));
}

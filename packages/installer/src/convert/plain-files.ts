// The files in which a venv differs from a generation with the same packages.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { listNames, readText } from '@wheelwright/atomic-fs';
import { isSupportPath, parseScriptsMap, type ScriptTarget, scriptStub, scriptsMapName } from '@wheelwright/python';
import { cacheDirName } from '../layout/byte-code.ts';
import { hashed, recordText } from '../layout/record-text.ts';
import { bodyScript, entryPointScript } from '../layout/script-text.ts';
import type { InstalledFile, InstalledState } from '../model/types.ts';
import { formatOrigin, originName } from '../read/prefix-state.ts';

/** A file that is written, not linked. */
export interface PlainFile {
  readonly data: string | Uint8Array;
  /** Permission bits, before the process's umask. */
  readonly mode: number;
}

/**
 * What a venv has in other words than a generation: scripts that contain what they start, RECORDs with their hashes, and
 * the file that names each distribution's wheel. By path relative to the prefix.
 */
export function plainFiles(state: InstalledState): Map<string, PlainFile> {
  const { environmentDir, prefixDir, layout, distributions } = state;
  const python = path.join(environmentDir, 'bin', 'python');
  const files = new Map<string, PlainFile>();
  const changed = new Map<string, InstalledFile>();
  const map = readText(path.join(prefixDir, layout.sitePackages, scriptsMapName)) ?? '';
  for (const script of parseScriptsMap(map)) {
    const target = `${layout.scripts}/${script.name}`;
    if (readText(path.join(prefixDir, target)) !== scriptStub(environmentDir, script.name)) continue;
    const data = textOf(script, python, path.join(prefixDir, layout.sitePackages));
    files.set(target, { data, mode: 0o777 });
    changed.set(target, hashed(target, data));
  }
  for (const { distInfoDir, files: owned, wheelSha256 } of distributions) {
    if (owned === undefined) continue;
    const origin = `${distInfoDir}/${originName}`;
    const now = owned.filter((file) => file.path !== origin).map((file) => changed.get(file.path) ?? file);
    if (wheelSha256 === undefined && !owned.some((file) => changed.has(file.path))) continue;
    if (wheelSha256 !== undefined) {
      const data = formatOrigin(wheelSha256);
      files.set(origin, { data, mode: 0o666 });
      now.push(hashed(origin, data));
    }
    files.set(`${distInfoDir}/RECORD`, { data: recordText(now, layout), mode: 0o666 });
  }
  return files;
}

function textOf(script: ScriptTarget, python: string, siteDir: string): string | Uint8Array {
  if (script.kind === 'body') return bodyScript(python, readFileSync(path.join(siteDir, script.path)));
  return entryPointScript(python, { ...script, gui: false });
}

/** The files of the generation that a venv does not have: all of ours but the interpreter and the activate scripts. */
export function supportIn({ prefixDir, layout }: InstalledState): Set<string> {
  const found = new Set<string>(['lib64']);
  const visit = (directory: string) => {
    for (const name of listNames(path.join(prefixDir, directory))) {
      const file = `${directory}/${name}`;
      if (isSupportPath(file)) found.add(file);
    }
  };
  for (const directory of ['include', 'share', 'etc', layout.sitePackages]) visit(directory);
  visit(`${layout.sitePackages}/${cacheDirName}`);
  return found;
}

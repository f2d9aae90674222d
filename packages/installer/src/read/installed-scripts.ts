// What the scripts of an environment start: its map says so, or, where the map is lost or was edited, the dist-infos of the
// distributions whose scripts are there.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { parseScriptsMap, type ScriptTarget, scriptsMapName } from '@wheelwright/python';
import { plannedScripts, scriptBody } from '../layout/entry-point-scripts.ts';
import type { InstalledState } from '../model/types.ts';
import { readGeneration } from './generation-state.ts';

/** The rows of the map of the present prefix, or rows derived from dist-infos. */
export function scriptsThere(state: InstalledState): ScriptTarget[] {
  const { prefixDir, layout } = state;
  const text = readText(path.join(prefixDir, layout.sitePackages, scriptsMapName));
  const stated = readGeneration(prefixDir)?.support[scriptsMapName];
  const isSound = text !== undefined && (stated === undefined || sha256(text) === stated);
  return isSound ? parseScriptsMap(text) : derivedScripts(state);
}

function derivedScripts({ prefixDir, layout, distributions }: InstalledState): ScriptTarget[] {
  const rows = new Map<string, ScriptTarget>();
  // A script that pip wrote contains what it starts, and is in no map.
  const isStub = (name: string) =>
    readText(path.join(prefixDir, layout.scripts, name))?.includes(
      `_wheelwright_scripts.run(${JSON.stringify(name)}`,
    ) === true;
  for (const { name: owner, distInfoDir, entryPoints, files = [] } of distributions) {
    const site = `${layout.sitePackages}/`;
    for (const { path: file } of files) {
      const name = file.startsWith(`${layout.scripts}/`) ? file.slice(layout.scripts.length + 1) : '';
      const body = scriptBody(path.posix.basename(distInfoDir), name);
      if (name === '' || !isStub(name) || !files.some((one) => one.path === site + body)) continue;
      rows.set(name, { name, kind: 'body', path: body });
    }
    for (const { name, module, attribute } of plannedScripts(owner, entryPoints)) {
      if (isStub(name)) rows.set(name, { name, kind: 'entry-point', module, attribute });
    }
  }
  return [...rows.values()];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

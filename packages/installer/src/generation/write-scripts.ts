// The scripts of wheels in a generation. Each is a stub that looks up in the environment's map what it starts; a Python
// file of `.data/scripts` is stored beside its dist-info, as the body that its stub runs.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isPythonScript, type ScriptTarget, scriptStub } from '@wheelwright/python';
import { scriptBody } from '../layout/entry-point-scripts.ts';
import { placeFiles } from '../layout/schemes.ts';
import type { InstalledState, WrittenFile } from '../model/types.ts';
import type { PlannedWheel } from '../plan/install-plan.ts';

/** The scripts to write, and what the stubs among them start. */
export interface WrittenScripts {
  /** By path relative to the prefix. */
  readonly files: Map<string, WrittenFile>;
  /** By name. */
  readonly starts: Map<string, ScriptTarget>;
}

/** The scripts that `wheels` bring. Reads those of `.data/scripts` out of the wheels' trees. */
export function writeScripts(state: InstalledState, wheels: readonly PlannedWheel[]): WrittenScripts {
  const written: WrittenScripts = { files: new Map(), starts: new Map() };
  for (const planned of wheels) {
    addEntryPoints(state, planned, written);
    if (planned.whole !== undefined) continue;
    addScriptFiles(state, planned, written);
    addBodiesOfLosers(state, planned, written);
  }
  return written;
}

function addEntryPoints(state: InstalledState, { scripts, ownScripts }: PlannedWheel, written: WrittenScripts): void {
  for (const { name, module, attribute, gui } of scripts) {
    if (!ownScripts.has(name)) continue;
    addStub(state, name, gui, written);
    written.starts.set(name, { name, kind: 'entry-point', module, attribute });
  }
}

function addScriptFiles(state: InstalledState, { wheel, lay }: PlannedWheel, written: WrittenScripts): void {
  const { layout } = state;
  for (const { file, root, target } of lay) {
    if (!root.scripts) continue;
    const data = readFileSync(path.join(wheel.treeDir, file.path));
    const name = target.slice(layout.scripts.length + 1);
    if (isPythonScript(data)) {
      const body = scriptBody(wheel.distInfoDir, name);
      addStub(state, name, false, written);
      addBody(`${layout.sitePackages}/${body}`, data, written);
      written.starts.set(name, { name, kind: 'body', path: body });
    } else if (!file.executable) {
      written.files.set(target, { target, data, mode: 0o777 });
    }
  }
}

// The body of a script that loses a conflict is written too: the script may return later.
function addBodiesOfLosers(
  { layout }: InstalledState,
  { wheel, lay, scripts }: PlannedWheel,
  written: WrittenScripts,
): void {
  const commands = new Set(scripts.map(({ name }) => name));
  for (const { file, root, target } of placeFiles(wheel, layout)) {
    if (!root.scripts) continue;
    const name = target.slice(layout.scripts.length + 1);
    const body = `${layout.sitePackages}/${scriptBody(wheel.distInfoDir, name)}`;
    if (commands.has(name) || written.files.has(body) || lay.some((one) => one.target === target)) continue;
    const data = readFileSync(path.join(wheel.treeDir, file.path));
    if (isPythonScript(data)) addBody(body, data, written);
  }
}

function addStub(
  { environmentDir, layout }: InstalledState,
  name: string,
  gui: boolean,
  { files }: WrittenScripts,
): void {
  const target = `${layout.scripts}/${name}`;
  files.set(target, { target, data: scriptStub(environmentDir, name, { gui }), mode: 0o777 });
}

function addBody(target: string, data: Uint8Array, { files }: WrittenScripts): void {
  files.set(target, { target, data, mode: 0o666 });
}

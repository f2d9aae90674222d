// The files of a generation that are written rather than linked: scripts, what each dist-info says about this
// installation, and the environment's own support files. RECORD holds the hashes of what is really put there.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { changeRecord } from '@wheelwright/packaging';
import {
  isPythonScript,
  placeholderName,
  type ScriptTarget,
  scriptStub,
  supportFiles,
  supportHashes,
} from '@wheelwright/python';
import { plannedScripts, scriptBody } from '../layout/entry-point-scripts.ts';
import { hashed, recordEntries, recordText } from '../layout/record-text.ts';
import { placeFiles, writtenByInstaller } from '../layout/schemes.ts';
import type { InstalledFile, InstalledOwner, InstalledState, SchemeLayout } from '../model/types.ts';
import type { InstallPlan, PlannedWheel } from '../plan/install-plan.ts';
import type { KeptPlan } from '../plan/plan-kept.ts';
import { scriptsThere } from '../read/installed-scripts.ts';
import { installerName } from '../read/owner-of.ts';

/** One file to write; `target` is relative to the prefix. */
export interface WrittenFile {
  readonly target: string;
  readonly data: string | Uint8Array;
  readonly mode: number;
}

/** Everything to write, and the hashes of the environment's own files for generation.json. */
export interface WrittenFiles {
  readonly files: readonly WrittenFile[];
  readonly support: Readonly<Record<string, string>>;
}

export interface WrittenFilesOptions {
  readonly anyEnvironment?: boolean | undefined;
  readonly restored?: KeptPlan['restored'] | undefined;
}

/**
 * The files to write for `plan`. Reads scripts out of the wheels' trees and the present map of scripts. `anyEnvironment`:
 * the RECORDs are for several environments, so that they name the stubs, which differ, without hash. `restored`: what lies
 * there again for kept distributions.
 */
export function writtenFiles(
  state: InstalledState,
  plan: InstallPlan,
  { anyEnvironment = false, restored = new Map() }: WrittenFilesOptions = {},
): WrittenFiles {
  const files = new Map<string, WrittenFile>();
  const starts = new Map<string, ScriptTarget>();
  for (const planned of plan.wheels) addScripts(state, planned, files, starts);
  const differs = (target: string) => anyEnvironment && starts.has(scriptName(target, state.layout));
  const recorded = new Map(
    [...files].map(([target, { data }]) => [target, differs(target) ? { path: target } : hashed(target, data)]),
  );
  for (const planned of plan.wheels) addDistInfo(state, planned, files, recorded, anyEnvironment);
  const back = restoredScripts(state, plan, restored);
  for (const [target, { file }] of restored) recorded.set(target, file);
  if (anyEnvironment) for (const { name } of back) setUnhashed(recorded, `${state.layout.scripts}/${name}`);
  for (const owner of plan.kept) {
    const again = (owner.files ?? []).filter(({ path: file }) => restored.has(file));
    const changes = [...(plan.overridden.get(owner.name) ?? []), ...again];
    if (changes.length > 0) addChangedRecord(state.layout, owner, changes, files, recorded);
  }
  for (const script of back) starts.set(script.name, script);
  const kept = keptScripts(state, plan, files, starts).filter(
    ({ name }) => !restored.has(`${state.layout.scripts}/${name}`),
  );
  const support = supportFiles([...kept, ...starts.values()]);
  for (const { path: name, data } of support) addSupport(state, `${state.layout.sitePackages}/${name}`, data, files);
  for (const name of ['include', 'share', 'etc']) addSupport(state, `${name}/${placeholderName}`, '', files);
  return { files: [...files.values()], support: supportHashes(support) };
}

function addScripts(
  { environmentDir, layout }: InstalledState,
  planned: PlannedWheel,
  files: Map<string, WrittenFile>,
  starts: Map<string, ScriptTarget>,
): void {
  const { wheel, scripts, ownScripts } = planned;
  const stub = (name: string, gui: boolean) => {
    const target = `${layout.scripts}/${name}`;
    files.set(target, { target, data: scriptStub(environmentDir, name, { gui }), mode: 0o777 });
  };
  for (const { name, module, attribute, gui } of scripts) {
    if (!ownScripts.has(name)) continue;
    stub(name, gui);
    starts.set(name, { name, kind: 'entry-point', module, attribute });
  }
  if (planned.whole !== undefined) return;
  const { lay } = planned;
  for (const { file, root, target } of lay) {
    if (!root.scripts) continue;
    const data = readFileSync(path.join(wheel.treeDir, file.path));
    const name = target.slice(layout.scripts.length + 1);
    if (isPythonScript(data)) {
      const body = scriptBody(wheel.distInfoDir, name);
      stub(name, false);
      files.set(`${layout.sitePackages}/${body}`, { target: `${layout.sitePackages}/${body}`, data, mode: 0o666 });
      starts.set(name, { name, kind: 'body', path: body });
    } else if (!file.executable) {
      files.set(target, { target, data, mode: 0o777 });
    }
  }
  // The body of a script that another won lies ready for the day when it comes back.
  const commands = new Set(scripts.map(({ name }) => name));
  for (const { file, root, target } of placeFiles(wheel, layout)) {
    if (!root.scripts) continue;
    const name = target.slice(layout.scripts.length + 1);
    const body = `${layout.sitePackages}/${scriptBody(wheel.distInfoDir, name)}`;
    if (commands.has(name) || files.has(body) || lay.some((one) => one.target === target)) continue;
    const data = readFileSync(path.join(wheel.treeDir, file.path));
    if (isPythonScript(data)) files.set(body, { target: body, data, mode: 0o666 });
  }
}

function addDistInfo(
  { layout, environmentDir }: InstalledState,
  planned: PlannedWheel,
  files: Map<string, WrittenFile>,
  recorded: Map<string, InstalledFile>,
  anyEnvironment: boolean,
): void {
  const { wheel, scripts, whole } = planned;
  const distInfo = `${layout.sitePackages}/${wheel.distInfoDir}`;
  const own = new Map<string, InstalledFile>();
  if (whole === undefined) for (const file of planned.owned) own.set(file.path, recorded.get(file.path) ?? file);
  const write = (name: string, data: string) => {
    const target = `${distInfo}/${name}`;
    files.set(target, { target, data, mode: 0o666 });
    own.set(target, hashed(target, data));
  };
  write('INSTALLER', `${installerName}\n`);
  if (wheel.requested) write('REQUESTED', '');
  if (wheel.directUrl !== undefined) write('direct_url.json', wheel.directUrl);
  for (const { name, gui } of scripts) {
    const target = `${layout.scripts}/${name}`;
    const made = anyEnvironment ? { path: target } : hashed(target, scriptStub(environmentDir, name, { gui }));
    own.set(target, recorded.get(target) ?? own.get(target) ?? made);
  }
  for (const target of own.keys()) {
    if (!target.startsWith(`${layout.scripts}/`)) continue;
    const body = `${layout.sitePackages}/${scriptBody(wheel.distInfoDir, target.slice(layout.scripts.length + 1))}`;
    const written = recorded.get(body);
    if (written !== undefined) own.set(body, written);
  }
  const target = `${distInfo}/RECORD`;
  own.set(target, { path: target });
  const data =
    whole === undefined
      ? recordText([...own.values()], layout)
      : changeRecord(
          whole.record,
          writtenByInstaller.map((name) => `${wheel.distInfoDir}/${name}`),
          recordEntries([...own.values()], layout),
        );
  files.set(target, { target, data, mode: 0o666 });
}

function setUnhashed(recorded: Map<string, InstalledFile>, target: string): void {
  recorded.set(target, { path: target });
}

function scriptName(target: string, { scripts }: SchemeLayout): string {
  return target.startsWith(`${scripts}/`) ? target.slice(scripts.length + 1) : '';
}

function addChangedRecord(
  layout: SchemeLayout,
  owner: InstalledOwner,
  changes: readonly InstalledFile[],
  files: Map<string, WrittenFile>,
  recorded: ReadonlyMap<string, InstalledFile>,
): void {
  const changed = new Map(changes.map((file) => [file.path, recorded.get(file.path) ?? file]));
  const target = `${owner.distInfoDir}/RECORD`;
  const data = recordText(
    (owner.files ?? []).map((file) => changed.get(file.path) ?? file),
    layout,
  );
  files.set(target, { target, data, mode: 0o666 });
}

// What a script starts that lies there again is said by the dist-info of its owner; without that it is a file like any.
function restoredScripts(
  { layout }: InstalledState,
  { kept }: InstallPlan,
  restored: KeptPlan['restored'],
): ScriptTarget[] {
  return [...restored].flatMap(([target, { owner: name }]): ScriptTarget[] => {
    const script = scriptName(target, layout);
    const owner = kept.find((one) => one.name === name);
    if (script === '' || owner === undefined) return [];
    const entry = plannedScripts(owner.name, owner.entryPoints).find((one) => one.name === script);
    if (entry !== undefined) {
      return [{ name: script, kind: 'entry-point', module: entry.module, attribute: entry.attribute }];
    }
    const body = scriptBody(path.posix.basename(owner.distInfoDir), script);
    const isBody = owner.files?.some((file) => file.path === `${layout.sitePackages}/${body}`);
    return isBody === true ? [{ name: script, kind: 'body', path: body }] : [];
  });
}

// The scripts of the present map that are still there: neither removed nor made anew.
function keptScripts(
  state: InstalledState,
  plan: InstallPlan,
  files: ReadonlyMap<string, WrittenFile>,
  starts: ReadonlyMap<string, ScriptTarget>,
): ScriptTarget[] {
  const { layout } = state;
  const laid = new Set(
    plan.wheels
      .filter(({ whole }) => whole === undefined)
      .flatMap(({ lay }) => lay.filter(({ root }) => root.scripts).map(({ target }) => target)),
  );
  return scriptsThere(state).filter(({ name }) => {
    const target = `${layout.scripts}/${name}`;
    return !starts.has(name) && !files.has(target) && !laid.has(target) && !plan.drop.has(target);
  });
}

// A support file that is the same already comes along by link, and its byte-code with it.
function addSupport(
  { prefixDir }: InstalledState,
  target: string,
  data: string,
  files: Map<string, WrittenFile>,
): void {
  if (readText(path.join(prefixDir, target)) === data) return;
  files.set(target, { target, data, mode: 0o666 });
}

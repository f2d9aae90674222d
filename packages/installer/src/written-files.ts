// The files of a generation that are written rather than linked: scripts, what each dist-info says about this
// installation, and the environment's own support files. RECORD holds the hashes of what is really put there.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { formatRecord, type NormalizedName, type RecordEntry } from '@wheelwright/packaging';
import {
  isPythonScript,
  parseScriptsMap,
  placeholderName,
  type ScriptTarget,
  scriptStub,
  supportFiles,
  supportHashes,
} from '@wheelwright/python';
import { installerName, readText } from './installed-state.ts';
import type { InstallPlan, PlannedWheel } from './plan-install.ts';
import { scriptBody } from './scripts.ts';
import type { InstalledFile, InstalledOwner, InstalledState, SchemeLayout } from './types.ts';

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

/**
 * The files to write for `plan`. Reads scripts out of the wheels' trees and the present map of scripts. `anyEnvironment`:
 * the RECORDs are for several environments, so that they name the stubs, which differ, without hash.
 */
export function writtenFiles(
  state: InstalledState,
  plan: InstallPlan,
  { anyEnvironment = false }: { readonly anyEnvironment?: boolean } = {},
): WrittenFiles {
  const files = new Map<string, WrittenFile>();
  const starts = new Map<string, ScriptTarget>();
  for (const planned of plan.wheels) addScripts(state, planned, files, starts);
  const differs = (target: string) => anyEnvironment && starts.has(scriptName(target, state.layout));
  const recorded = new Map(
    [...files].map(([target, { data }]) => [target, differs(target) ? { path: target } : hashed(target, data)]),
  );
  for (const planned of plan.wheels) addDistInfo(state, planned, files, recorded, anyEnvironment);
  for (const owner of plan.kept) addChangedRecord(state.layout, owner, plan.overridden, files, recorded);
  const support = supportFiles([...keptScripts(state, plan, files, starts), ...starts.values()]);
  for (const { path: name, data } of support) addSupport(state, `${state.layout.sitePackages}/${name}`, data, files);
  for (const name of ['include', 'share', 'etc']) addSupport(state, `${name}/${placeholderName}`, '', files);
  return { files: [...files.values()], support: supportHashes(support) };
}

function addScripts(
  { environmentDir, layout }: InstalledState,
  { wheel, lay, scripts, ownScripts }: PlannedWheel,
  files: Map<string, WrittenFile>,
  starts: Map<string, ScriptTarget>,
): void {
  const stub = (name: string, gui: boolean) => {
    const target = `${layout.scripts}/${name}`;
    files.set(target, { target, data: scriptStub(environmentDir, name, { gui }), mode: 0o777 });
  };
  for (const { name, module, attribute, gui } of scripts) {
    if (!ownScripts.has(name)) continue;
    stub(name, gui);
    starts.set(name, { name, kind: 'entry-point', module, attribute });
  }
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
}

function addDistInfo(
  { layout, environmentDir }: InstalledState,
  { wheel, owned, scripts }: PlannedWheel,
  files: Map<string, WrittenFile>,
  recorded: Map<string, InstalledFile>,
  anyEnvironment: boolean,
): void {
  const distInfo = `${layout.sitePackages}/${wheel.distInfoDir}`;
  const own = new Map(owned.map((file) => [file.path, recorded.get(file.path) ?? file]));
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
    own.set(target, recorded.get(target) ?? made);
  }
  for (const target of own.keys()) {
    if (!target.startsWith(`${layout.scripts}/`)) continue;
    const body = `${layout.sitePackages}/${scriptBody(wheel.distInfoDir, target.slice(layout.scripts.length + 1))}`;
    const written = recorded.get(body);
    if (written !== undefined) own.set(body, written);
  }
  const target = `${distInfo}/RECORD`;
  own.set(target, { path: target });
  files.set(target, { target, data: recordText([...own.values()], layout), mode: 0o666 });
}

function scriptName(target: string, { scripts }: SchemeLayout): string {
  return target.startsWith(`${scripts}/`) ? target.slice(scripts.length + 1) : '';
}

function addChangedRecord(
  layout: SchemeLayout,
  owner: InstalledOwner,
  overridden: ReadonlyMap<NormalizedName, readonly InstalledFile[]>,
  files: Map<string, WrittenFile>,
  recorded: ReadonlyMap<string, InstalledFile>,
): void {
  const changes = overridden.get(owner.name);
  if (changes === undefined || owner.files === undefined) return;
  const changed = new Map(changes.map((file) => [file.path, recorded.get(file.path) ?? file]));
  const target = `${owner.distInfoDir}/RECORD`;
  const data = recordText(
    owner.files.map((file) => changed.get(file.path) ?? file),
    layout,
  );
  files.set(target, { target, data, mode: 0o666 });
}

// The scripts of the present map that are still there: neither removed nor made anew.
function keptScripts(
  { prefixDir, layout }: InstalledState,
  plan: InstallPlan,
  files: ReadonlyMap<string, WrittenFile>,
  starts: ReadonlyMap<string, ScriptTarget>,
): ScriptTarget[] {
  const text = readText(path.join(prefixDir, layout.sitePackages, '_wheelwright_scripts.txt')) ?? '';
  const laid = new Set(
    plan.wheels.flatMap(({ lay }) => lay.filter(({ root }) => root.scripts).map(({ target }) => target)),
  );
  return parseScriptsMap(text).filter(({ name }) => {
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

/** The text of a RECORD that names `files`. */
export function recordText(files: readonly InstalledFile[], { sitePackages }: SchemeLayout): string {
  const up = '../'.repeat(sitePackages.split('/').length);
  const entries = files.map(({ path: target, sha256, size }): RecordEntry => {
    const inSite = sitePackages === '' || target.startsWith(`${sitePackages}/`);
    return {
      path: inSite ? target.slice(sitePackages === '' ? 0 : sitePackages.length + 1) : up + target,
      hash: recordHash(sha256),
      size,
    };
  });
  return formatRecord(entries);
}

function recordHash(text: string | undefined): RecordEntry['hash'] {
  if (text === undefined) return undefined;
  const at = text.indexOf('=');
  return at < 0 ? { algorithm: 'sha256', digest: text } : { algorithm: text.slice(0, at), digest: text.slice(at + 1) };
}

/** A written file as a RECORD names it. */
export function hashed(target: string, data: string | Uint8Array): InstalledFile {
  return { path: target, sha256: createHash('sha256').update(data).digest('base64url'), size: Buffer.byteLength(data) };
}

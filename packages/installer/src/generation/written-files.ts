// The files of a generation that are written instead of linked: scripts, what each dist-info says about this installation,
// and the environment's own support files. RECORD holds the hashes of the files as they are written.
import path from 'node:path';
import { readText } from '@wheelwright/atomic-fs';
import { placeholderName, type ScriptTarget, scriptStub, supportFiles, supportHashes } from '@wheelwright/python';
import { scriptBody } from '../layout/entry-point-scripts.ts';
import { hashed } from '../layout/record-text.ts';
import type { InstalledFile, InstalledState, SchemeLayout, WrittenFile } from '../model/types.ts';
import { changedRecord, distInfoFiles } from '../plan/dist-info.ts';
import { type InstallPlan, keptOf, type PlannedWheel, wheelsOf } from '../plan/install-plan.ts';
import type { LosersPlan } from '../plan/plan-losers.ts';
import { keptScripts, returnedScripts } from './kept-scripts.ts';
import { writeScripts } from './write-scripts.ts';

/** Everything to write. */
export interface WrittenFiles {
  readonly files: readonly WrittenFile[];
  /** The hashes of the environment's own files, for generation.json. */
  readonly support: Readonly<Record<string, string>>;
  /** All scripts of the generation, kept ones too. */
  readonly scripts: readonly ScriptTarget[];
}

/** For which environment, and what is there besides the wheels. */
export interface WrittenFilesOptions {
  /** The files are for several environments: RECORDs name the scripts, which differ, without a hash. */
  readonly anyEnvironment?: boolean | undefined;
  /** Files that are there again for kept distributions. */
  readonly returned?: LosersPlan['returned'] | undefined;
}

/** The files to write for `plan`. Reads scripts out of the wheels' trees, and the present map of scripts. */
export function writtenFiles(
  state: InstalledState,
  plan: InstallPlan,
  { anyEnvironment = false, returned = new Map() }: WrittenFilesOptions = {},
): WrittenFiles {
  const { layout } = state;
  const { files, starts } = writeScripts(state, wheelsOf(plan));
  const back = returnedScripts(state, plan, returned);
  const recorded = recordedFiles(layout, files, returned, anyEnvironment ? [...starts.values(), ...back] : []);
  for (const planned of wheelsOf(plan)) {
    for (const file of distInfoOf(state, planned, recorded, anyEnvironment)) files.set(file.target, file);
  }
  for (const { owner, overridden } of keptOf(plan)) {
    const again = (owner.files ?? []).filter(({ path: file }) => returned.has(file));
    const changes = [...overridden, ...again].map((file) => recorded.get(file.path) ?? file);
    if (changes.length === 0) continue;
    const record = changedRecord(owner, new Map(changes.map((file) => [file.path, file])), layout);
    files.set(record.target, record);
  }
  for (const script of back) starts.set(script.name, script);
  const kept = keptScripts(state, plan, (name) => {
    const target = `${layout.scripts}/${name}`;
    return starts.has(name) || files.has(target) || returned.has(target);
  });
  const scripts = [...kept, ...starts.values()];
  const support = supportFiles(scripts);
  for (const { path: name, data } of support) addSupport(state, `${layout.sitePackages}/${name}`, data, files);
  for (const name of ['include', 'share', 'etc']) addSupport(state, `${name}/${placeholderName}`, '', files);
  return { files: [...files.values()], support: supportHashes(support), scripts };
}

/** What RECORDs state of the files that are written or returned; `unhashed` scripts differ between environments. */
function recordedFiles(
  { scripts }: SchemeLayout,
  files: ReadonlyMap<string, WrittenFile>,
  returned: LosersPlan['returned'],
  unhashed: readonly ScriptTarget[],
): Map<string, InstalledFile> {
  const recorded = new Map<string, InstalledFile>();
  for (const { target, data } of files.values()) recorded.set(target, hashed(target, data));
  for (const [target, { file }] of returned) recorded.set(target, file);
  for (const { name } of unhashed) recorded.set(`${scripts}/${name}`, { path: `${scripts}/${name}` });
  return recorded;
}

function distInfoOf(
  { environmentDir, layout }: InstalledState,
  planned: PlannedWheel,
  recorded: ReadonlyMap<string, InstalledFile>,
  anyEnvironment: boolean,
): WrittenFile[] {
  const { wheel, scripts, whole } = planned;
  // `owned` of a whole wheel lists every file: nothing here needs that list.
  const own = whole === undefined ? planned.owned.map((file) => recorded.get(file.path) ?? file) : [];
  const byPath = new Map(own.map((file) => [file.path, file]));
  const stubs = scripts.map(({ name, gui }): InstalledFile => {
    const target = `${layout.scripts}/${name}`;
    const known = recorded.get(target) ?? byPath.get(target);
    return known ?? (anyEnvironment ? { path: target } : hashed(target, scriptStub(environmentDir, name, { gui })));
  });
  const bodies = [...own, ...stubs].flatMap(({ path: target }) => {
    if (!target.startsWith(`${layout.scripts}/`)) return [];
    const body = scriptBody(wheel.distInfoDir, target.slice(layout.scripts.length + 1));
    return recorded.get(`${layout.sitePackages}/${body}`) ?? [];
  });
  return distInfoFiles({ layout, wheel, owned: own, further: [...stubs, ...bodies], wholeRecord: whole?.record });
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

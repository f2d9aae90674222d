// What is to lie at which path of a prefix after a change: files linked from unpacked wheels, and those that are
// written because they say something about this installation. Nothing is changed here.
import { readFileSync } from 'node:fs';
import type { NormalizedName } from '@wheelwright/packaging';
import { isPythonScript } from '@wheelwright/python';
import { hashed, recordText } from '../layout/record-text.ts';
import { within } from '../layout/schemes.ts';
import { bodyScript, entryPointScript } from '../layout/script-text.ts';
import type { Content, InstalledFile } from '../model/types.ts';
import type { InstallPlan, PlannedWheel } from '../plan/install-plan.ts';
import { installerName } from '../read/owner-of.ts';
import type { Prefix } from '../read/prefix.ts';
import { formatOrigin, originName } from '../read/prefix-state.ts';

/** What is laid at every path, and the files of kept distributions whose RECORD is to say something else. */
export interface PrefixContent {
  readonly content: Map<string, Content>;
  /** Directories that belong to the wheels of the change. */
  readonly metadataDirs: ReadonlySet<string>;
}

/** The content that `plan` asks for; `restored` comes back for distributions that lost it once. */
export function prefixContent(
  prefix: Prefix,
  plan: InstallPlan,
  restored: ReadonlyMap<string, { readonly content: Content; readonly file: InstalledFile }>,
): PrefixContent {
  const content = new Map<string, Content>();
  for (const planned of plan.wheels) addWheel(prefix, planned, content);
  const recorded = new Map<string, InstalledFile>();
  for (const [target, one] of content) if (one.kind === 'written') recorded.set(target, hashed(target, one.data));
  for (const planned of plan.wheels) addDistInfo(prefix, planned, content, recorded);
  for (const [target, { content: one, file }] of restored) {
    content.set(target, one);
    recorded.set(target, file);
  }
  addChangedRecords(prefix, plan, restored, content, recorded);
  const metadataDirs = new Set(plan.wheels.map(({ wheel }) => within(prefix.layout.sitePackages, wheel.distInfoDir)));
  return { content, metadataDirs };
}

function addWheel(
  { layout, scriptPython: python }: Prefix,
  { wheel, lay, scripts, ownScripts }: PlannedWheel,
  content: Map<string, Content>,
): void {
  for (const { file, root, target } of lay) {
    const source = `${wheel.treeDir}/${file.path}`;
    content.set(target, { kind: 'linked', source });
    if (!root.scripts) continue;
    const data = readFileSync(source);
    if (isPythonScript(data)) content.set(target, { kind: 'written', data: bodyScript(python, data), mode: 0o777 });
    else if (!file.executable) content.set(target, { kind: 'written', data, mode: 0o777 });
  }
  for (const script of scripts) {
    if (!ownScripts.has(script.name)) continue;
    const target = within(layout.scripts, script.name);
    content.set(target, { kind: 'written', data: entryPointScript(python, script), mode: 0o777 });
  }
  for (const inside of wheel.bytecode?.files ?? []) {
    if (!content.has(within(layout.sitePackages, sourceOfBytecode(inside)))) continue;
    const source = `${wheel.bytecode!.treeDir}/${inside}`;
    content.set(within(layout.sitePackages, inside), { kind: 'linked', source });
  }
}

function addDistInfo(
  { layout, scriptPython: python }: Prefix,
  { wheel, owned, scripts }: PlannedWheel,
  content: Map<string, Content>,
  recorded: ReadonlyMap<string, InstalledFile>,
): void {
  const own = new Map(owned.map((file) => [file.path, recorded.get(file.path) ?? file]));
  const write = (name: string, data: string) => {
    const target = within(layout.sitePackages, `${wheel.distInfoDir}/${name}`);
    content.set(target, { kind: 'written', data, mode: 0o666 });
    own.set(target, hashed(target, data));
  };
  write('INSTALLER', `${installerName}\n`);
  if (wheel.requested) write('REQUESTED', '');
  if (wheel.directUrl !== undefined) write('direct_url.json', wheel.directUrl);
  write(originName, formatOrigin(wheel.sha256));
  for (const script of scripts) {
    const target = within(layout.scripts, script.name);
    own.set(target, recorded.get(target) ?? hashed(target, entryPointScript(python, script)));
  }
  const target = within(layout.sitePackages, `${wheel.distInfoDir}/RECORD`);
  own.set(target, { path: target });
  content.set(target, { kind: 'written', data: recordText([...own.values()], layout), mode: 0o666 });
}

// A kept distribution's RECORD tells of other content where a wheel won a path of it, or where its own comes back.
function addChangedRecords(
  { layout }: Prefix,
  { kept, overridden }: InstallPlan,
  restored: ReadonlyMap<string, unknown>,
  content: Map<string, Content>,
  recorded: ReadonlyMap<string, InstalledFile>,
): void {
  const changes = (name: NormalizedName, files: readonly InstalledFile[]) => {
    const changed = new Map((overridden.get(name) ?? []).map((file) => [file.path, file]));
    for (const file of files) if (restored.has(file.path)) changed.set(file.path, file);
    return changed;
  };
  if (overridden.size === 0 && restored.size === 0) return;
  for (const { name, files = [], distInfoDir } of kept) {
    const changed = changes(name, files);
    if (changed.size === 0) continue;
    const now = files.map((file) => {
      const other = changed.get(file.path);
      return other === undefined ? file : (recorded.get(file.path) ?? other);
    });
    content.set(`${distInfoDir}/RECORD`, { kind: 'written', data: recordText(now, layout), mode: 0o666 });
  }
}

/** `a/b.py` of `a/__pycache__/b.cpython-311.pyc`. */
function sourceOfBytecode(file: string): string {
  return file.replace(/(^|\/)__pycache__\/([^/.]+)\.[^/]*$/, '$1$2.py');
}

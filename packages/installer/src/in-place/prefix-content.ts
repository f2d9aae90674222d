// The content of each path of a prefix after a change: files linked from unpacked wheels, and files that are written
// because they describe this installation. Reads, writes nothing.
import { readFileSync } from 'node:fs';
import { isPythonScript } from '@wheelwright/python';
import { sourceOfByteCode } from '../layout/byte-code.ts';
import { hashed } from '../layout/record-text.ts';
import { within } from '../layout/schemes.ts';
import { bodyScript, entryPointScript } from '../layout/script-text.ts';
import type { Content, InstalledFile, WrittenFile } from '../model/types.ts';
import { changedRecord, distInfoFiles } from '../plan/dist-info.ts';
import { type InstallPlan, keptOf, type PlannedWheel, wheelsOf } from '../plan/install-plan.ts';
import type { LosersPlan } from '../plan/plan-losers.ts';
import type { Prefix } from '../read/prefix.ts';
import { formatOrigin, originName } from '../read/prefix-state.ts';

/** The content that `plan` asks for, by path relative to the prefix; `returned` is there again for kept distributions. */
export function prefixContent(
  prefix: Prefix,
  plan: InstallPlan,
  returned: LosersPlan['returned'],
): Map<string, Content> {
  const content = new Map<string, Content>();
  const wheels = wheelsOf(plan);
  for (const planned of wheels) addWheel(prefix, planned, content);
  const recorded = new Map<string, InstalledFile>();
  for (const [target, one] of content) if (one.kind === 'written') recorded.set(target, hashed(target, one.data));
  for (const planned of wheels) for (const file of distInfoOf(prefix, planned, recorded)) add(file, content);
  for (const [target, { content: one, file }] of returned) {
    content.set(target, one);
    recorded.set(target, file);
  }
  for (const { owner, overridden } of keptOf(plan)) {
    if (overridden.length === 0 && returned.size === 0) continue;
    const again = (owner.files ?? []).filter((file) => returned.has(file.path));
    const changes = [...overridden, ...again].map((file) => recorded.get(file.path) ?? file);
    if (changes.length === 0) continue;
    add(changedRecord(owner, new Map(changes.map((file) => [file.path, file])), prefix.layout), content);
  }
  return content;
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
    if (isPythonScript(data)) add({ target, data: bodyScript(python, data), mode: 0o777 }, content);
    else if (!file.executable) add({ target, data, mode: 0o777 }, content);
  }
  for (const script of scripts) {
    if (!ownScripts.has(script.name)) continue;
    const target = within(layout.scripts, script.name);
    add({ target, data: entryPointScript(python, script), mode: 0o777 }, content);
  }
  for (const inside of wheel.bytecode?.files ?? []) {
    if (!content.has(within(layout.sitePackages, sourceOfByteCode(inside)))) continue;
    const source = `${wheel.bytecode!.treeDir}/${inside}`;
    content.set(within(layout.sitePackages, inside), { kind: 'linked', source });
  }
}

function distInfoOf(
  { layout, scriptPython }: Prefix,
  { wheel, owned, scripts }: PlannedWheel,
  recorded: ReadonlyMap<string, InstalledFile>,
): WrittenFile[] {
  return distInfoFiles({
    layout,
    wheel,
    owned: owned.map((file) => recorded.get(file.path) ?? file),
    // Which wheel it is from: there is no generation.json to say so.
    notes: { [originName]: formatOrigin(wheel.sha256) },
    further: scripts.map((script) => {
      const target = within(layout.scripts, script.name);
      return recorded.get(target) ?? hashed(target, entryPointScript(scriptPython, script));
    }),
  });
}

function add({ target, data, mode }: WrittenFile, content: Map<string, Content>): void {
  content.set(target, { kind: 'written', data, mode });
}

// The content of those that lost a conflict, kept with the prefix (a generation is one) until the winner goes.
// `index.json` says whose it is; it changes in the same transaction as everything else.
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { NormalizedName } from '@wheelwright/packaging';
import { isPythonScript } from '@wheelwright/python';
import { hashText, recordDigest } from '../layout/record-hash.ts';
import { placeFiles, within } from '../layout/schemes.ts';
import type { ScriptText } from '../layout/script-text.ts';
import type { Content, InstalledFile, InstalledState, KeptFile } from '../model/types.ts';
import { formatKept, indexPath, readKept } from '../read/kept.ts';
import { keptDir } from '../read/prefix.ts';
import type { InstallPlan } from './install-plan.ts';

/** A file that lies at its path again, for the distribution that had lost it. */
export interface RestoredFile {
  readonly owner: NormalizedName;
  readonly content: Content;
  readonly file: InstalledFile;
}

/** What comes back, and what is kept afterwards. */
export interface KeptPlan {
  readonly restored: ReadonlyMap<string, RestoredFile>;
  /** The files of the directory afterwards, by path relative to the prefix; undefined: as they are. */
  readonly content: ReadonlyMap<string, Content> | undefined;
  /** Those that it holds now. */
  readonly before: readonly string[];
}

/** What `plan` does to it. */
export function planKept(
  place: Pick<InstalledState, 'prefixDir' | 'layout'>,
  plan: InstallPlan,
  scriptText: ScriptText,
): KeptPlan {
  const { prefixDir, layout } = place;
  const before = readKept(prefixDir);
  const sources = new Map<string, Content>();
  for (const { sha256 } of before) {
    const source = path.join(prefixDir, keptDir, sha256);
    const found = hashText(source);
    if (found === recordDigest(sha256)) sources.set(sha256, { kind: 'linked', source });
  }
  const isWhole = before.every(({ sha256 }) => sources.has(sha256));
  const staying = new Map(plan.kept.map((owner) => [owner.name, owner]));
  const known = before.filter(({ owner, sha256 }) => staying.has(owner) && sources.has(sha256));
  const { next, restored } = settle(plan, known, sources, layout.scripts);
  for (const [lost, content] of losers(place, plan, known, scriptText)) {
    next.push(lost);
    if (!sources.has(lost.sha256)) sources.set(lost.sha256, content);
  }
  const content = new Map<string, Content>();
  for (const { sha256 } of next) content.set(`${keptDir}/${sha256}`, sources.get(sha256)!);
  next.sort((a, b) => compare(a.path, b.path) || compare(a.owner, b.owner));
  if (next.length > 0) {
    content.set(indexPath, { kind: 'written', data: formatKept(next), mode: 0o666 });
  }
  const same = isWhole && JSON.stringify(next) === JSON.stringify(before);
  const names = [...before.map(({ sha256 }) => `${keptDir}/${sha256}`), ...(before.length > 0 ? [indexPath] : [])];
  return { restored, content: same ? undefined : content, before: [...new Set(names)] };
}

// Where the winner of a path goes and nobody else lays it, the last of the losers has it again.
function settle(
  plan: InstallPlan,
  known: readonly KeptFile[],
  sources: ReadonlyMap<string, Content>,
  scriptsDir: string,
): { next: KeptFile[]; restored: Map<string, RestoredFile> } {
  if (known.length === 0) return { next: [], restored: new Map() };
  const layers = new Map<string, NormalizedName>();
  for (const { wheel, owned, scripts } of plan.wheels) {
    for (const file of owned) layers.set(file.path, wheel.name);
    for (const { name } of scripts) layers.set(within(scriptsDir, name), wheel.name);
  }
  for (const { path: file, winner } of plan.conflicts) layers.set(file, winner);
  const restored = new Map<string, RestoredFile>();
  const next: KeptFile[] = [];
  for (const file of new Set(known.map((one) => one.path))) {
    const losers = known.filter((one) => one.path === file).sort((a, b) => compare(a.owner, b.owner));
    let winner = layers.get(file) ?? otherOwner(plan, file, losers);
    if (winner === undefined) {
      const { owner, sha256, size } = losers.pop()!;
      const hash = recordDigest(sha256);
      restored.set(file, { owner, content: sources.get(sha256)!, file: { path: file, sha256: hash, size } });
      winner = owner;
    }
    for (const loser of losers) next.push({ ...loser, winner });
  }
  return { next, restored };
}

function otherOwner(plan: InstallPlan, file: string, losers: readonly KeptFile[]): NormalizedName | undefined {
  const lost = new Set(losers.map(({ owner }) => owner));
  const has = plan.kept.filter(({ name, files = [] }) => !lost.has(name) && files.some(({ path }) => path === file));
  return has.at(-1)?.name;
}

// The conflicts of this plan: what lies there now of kept distributions, and what the wheels would have brought.
function losers(
  { prefixDir, layout }: Pick<InstalledState, 'prefixDir' | 'layout'>,
  plan: InstallPlan,
  known: readonly KeptFile[],
  scriptText: ScriptText,
): [KeptFile, Content][] {
  const found: [KeptFile, Content][] = [];
  const kept = new Set(plan.kept.map(({ name }) => name));
  for (const { path: file, owners, winner } of plan.conflicts) {
    for (const owner of new Set(owners)) {
      if (owner === winner || known.some((one) => one.path === file && one.owner === owner)) continue;
      const lost = kept.has(owner) ? taken(path.join(prefixDir, file)) : brought(layout, plan, owner, file, scriptText);
      if (lost === undefined) continue;
      const sha256 = createHash('sha256').update(lost.data).digest('hex');
      found.push([{ path: file, owner, winner, sha256, size: lost.data.byteLength }, lost.content]);
    }
  }
  return found;
}

interface Lost {
  readonly data: Uint8Array;
  readonly content: Content;
}

function taken(file: string): Lost | undefined {
  // What an environment shares with others lies behind a link.
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const source = realpathSync(file);
  return { data: readFileSync(source), content: { kind: 'linked', source } };
}

function brought(
  layout: InstalledState['layout'],
  plan: InstallPlan,
  owner: string,
  file: string,
  scriptText: ScriptText,
): Lost | undefined {
  const written = (data: Uint8Array): Lost => ({ data, content: { kind: 'written', data, mode: 0o777 } });
  const planned = plan.wheels.find(({ wheel }) => wheel.name === owner);
  const script = planned?.scripts.find(({ name }) => within(layout.scripts, name) === file);
  if (script !== undefined) return written(scriptText(script));
  const placed = planned && placeFiles(planned.wheel, layout).find(({ target }) => target === file);
  if (placed === undefined) return undefined;
  const lost = taken(path.join(planned!.wheel.treeDir, placed.file.path));
  if (lost === undefined || !placed.root.scripts) return lost;
  if (isPythonScript(lost.data)) return written(scriptText({ name: path.posix.basename(file), body: lost.data }));
  return placed.file.executable ? lost : written(lost.data);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

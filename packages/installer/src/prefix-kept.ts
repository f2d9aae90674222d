// The content of those that lost a conflict, kept beside the prefix until the winner goes. `index.json` says whose it is;
// it changes in the same transaction as everything else.
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { NormalizedName } from '@wheelwright/packaging';
import { readText } from './installed-state.ts';
import type { InstallPlan } from './plan-install.ts';
import { keptDir, type Prefix } from './prefix.ts';
import type { Content } from './prefix-content.ts';
import { entryPointScript } from './prefix-script.ts';
import { placeFiles, within } from './schemes.ts';
import type { InstalledFile } from './types.ts';

/** A file that `owner` would have at `path`, had `winner` not won it. */
export interface KeptFile {
  readonly path: string;
  readonly owner: NormalizedName;
  readonly winner: NormalizedName;
  /** Of the content, in hexadecimal: its name in the directory. */
  readonly sha256: string;
  readonly size: number;
}

/** What comes back, and what is kept afterwards. */
export interface KeptPlan {
  readonly restored: ReadonlyMap<string, { readonly content: Content; readonly file: InstalledFile }>;
  /** The files of the directory afterwards, by path relative to the prefix; undefined: as they are. */
  readonly content: ReadonlyMap<string, Content> | undefined;
  /** Those that it holds now. */
  readonly before: readonly string[];
}

const format = 1;
const indexPath = `${keptDir}/index.json`;

/** What is kept for the prefix. A format that is not known keeps nothing that we could give back. */
export function readKept(prefixDir: string): readonly KeptFile[] {
  const text = readText(path.join(prefixDir, indexPath));
  if (text === undefined) return [];
  try {
    const index = JSON.parse(text) as { format: number; files: KeptFile[] };
    return index.format === format ? index.files.filter(({ sha256 }) => /^[0-9a-f]{64}$/.test(sha256)) : [];
  } catch {
    return [];
  }
}

/** What `plan` does to it. */
export function planKept(prefix: Prefix, plan: InstallPlan): KeptPlan {
  const { prefixDir } = prefix;
  const before = readKept(prefixDir);
  const sources = new Map<string, Content>();
  for (const { sha256 } of before) {
    const source = path.join(prefixDir, keptDir, sha256);
    if (lstatSync(source, { throwIfNoEntry: false })?.isFile()) sources.set(sha256, { kind: 'linked', source });
  }
  const staying = new Map(plan.kept.map((owner) => [owner.name, owner]));
  const known = before.filter(({ owner, sha256 }) => staying.has(owner) && sources.has(sha256));
  const { next, restored } = settle(plan, known, sources);
  for (const [lost, content] of losers(prefix, plan, known)) {
    next.push(lost);
    if (!sources.has(lost.sha256)) sources.set(lost.sha256, content);
  }
  const content = new Map<string, Content>();
  for (const { sha256 } of next) content.set(`${keptDir}/${sha256}`, sources.get(sha256)!);
  next.sort((a, b) => compare(a.path, b.path) || compare(a.owner, b.owner));
  if (next.length > 0) {
    content.set(indexPath, { kind: 'written', data: `${JSON.stringify({ format, files: next })}\n`, mode: 0o666 });
  }
  const same = JSON.stringify(next) === JSON.stringify(before);
  const names = [...before.map(({ sha256 }) => `${keptDir}/${sha256}`), ...(before.length > 0 ? [indexPath] : [])];
  return { restored, content: same ? undefined : content, before: [...new Set(names)] };
}

// Where the winner of a path goes and nobody else lays it, the last of the losers has it again.
function settle(
  plan: InstallPlan,
  known: readonly KeptFile[],
  sources: ReadonlyMap<string, Content>,
): { next: KeptFile[]; restored: Map<string, { content: Content; file: InstalledFile }> } {
  const layers = new Map<string, NormalizedName>();
  for (const { wheel, owned, scripts } of plan.wheels) {
    for (const file of owned) layers.set(file.path, wheel.name);
    for (const { name } of scripts) layers.set(`bin/${name}`, wheel.name);
  }
  for (const { path: file, winner } of plan.conflicts) layers.set(file, winner);
  const restored = new Map<string, { content: Content; file: InstalledFile }>();
  const next: KeptFile[] = [];
  for (const file of new Set(known.map((one) => one.path))) {
    const losers = known.filter((one) => one.path === file).sort((a, b) => compare(a.owner, b.owner));
    let winner = layers.get(file) ?? otherOwner(plan, file, losers);
    if (winner === undefined) {
      const { owner, sha256, size } = losers.pop()!;
      const hash = Buffer.from(sha256, 'hex').toString('base64url');
      restored.set(file, { content: sources.get(sha256)!, file: { path: file, sha256: hash, size } });
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
function losers(prefix: Prefix, plan: InstallPlan, known: readonly KeptFile[]): [KeptFile, Content][] {
  const found: [KeptFile, Content][] = [];
  const kept = new Set(plan.kept.map(({ name }) => name));
  for (const { path: file, owners, winner } of plan.conflicts) {
    for (const owner of new Set(owners)) {
      if (owner === winner || known.some((one) => one.path === file && one.owner === owner)) continue;
      const lost = kept.has(owner) ? taken(path.join(prefix.prefixDir, file)) : brought(prefix, plan, owner, file);
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

function taken(source: string): Lost | undefined {
  if (!lstatSync(source, { throwIfNoEntry: false })?.isFile()) return undefined;
  return { data: readFileSync(source), content: { kind: 'linked', source } };
}

function brought({ layout, python }: Prefix, plan: InstallPlan, owner: string, file: string): Lost | undefined {
  const planned = plan.wheels.find(({ wheel }) => wheel.name === owner);
  const script = planned?.scripts.find(({ name }) => within(layout.scripts, name) === file);
  if (script !== undefined) {
    const data = Buffer.from(entryPointScript(python, script));
    return { data, content: { kind: 'written', data, mode: 0o777 } };
  }
  const placed = planned && placeFiles(planned.wheel, layout).find(({ target }) => target === file);
  return placed && taken(path.join(planned.wheel.treeDir, placed.file.path));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

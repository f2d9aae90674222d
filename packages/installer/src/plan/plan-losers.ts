// What a plan does to losers: content of distributions that lost a conflict, which the prefix holds until the winner goes.
// The index changes in the same transaction as everything else.
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { NormalizedName } from '@wheelwright/packaging';
import { isPythonScript } from '@wheelwright/python';
import { hashText, recordDigest } from '../layout/record-hash.ts';
import { placeFiles, within } from '../layout/schemes.ts';
import type { ScriptText } from '../layout/script-text.ts';
import type { Content, InstalledFile, InstalledState, LoserFile } from '../model/types.ts';
import { formatLosers, losersDir, losersIndexPath, readLosers } from '../read/losers.ts';
import { type InstallPlan, keptOf, wheelsOf } from './install-plan.ts';

/** A file that is at its path again, because the distribution that had won the path goes. */
export interface ReturnedFile {
  /** The distribution that had lost it. */
  readonly owner: NormalizedName;
  readonly content: Content;
  /** As RECORD states it. */
  readonly file: InstalledFile;
}

/** Which losers return to their paths, and which the prefix holds afterwards. */
export interface LosersPlan {
  /** By path. */
  readonly returned: ReadonlyMap<string, ReturnedFile>;
  /** The files of the directory of losers afterwards, by path relative to the prefix; undefined: as they are. */
  readonly content: ReadonlyMap<string, Content> | undefined;
  /** The files of that directory now, relative to the prefix. */
  readonly before: readonly string[];
}

/** What `plan` does to the losers of the prefix. Reads their content and that of new losers; writes nothing. */
export function planLosers(
  place: Pick<InstalledState, 'prefixDir' | 'layout'>,
  plan: InstallPlan,
  scriptText: ScriptText,
): LosersPlan {
  const { prefixDir, layout } = place;
  const before = readLosers(prefixDir);
  const sources = new Map<string, Content>();
  for (const { sha256 } of before) {
    const source = path.join(prefixDir, losersDir, sha256);
    const found = hashText(source);
    if (found === recordDigest(sha256)) sources.set(sha256, { kind: 'linked', source });
  }
  const isWhole = before.every(({ sha256 }) => sources.has(sha256));
  const staying = new Set(keptOf(plan).map(({ owner }) => owner.name));
  const known = before.filter(({ owner, sha256 }) => staying.has(owner) && sources.has(sha256));
  const { next, returned } = settle(plan, known, sources, layout.scripts);
  for (const [loser, content] of newLosers(place, plan, known, scriptText)) {
    next.push(loser);
    if (!sources.has(loser.sha256)) sources.set(loser.sha256, content);
  }
  const content = new Map<string, Content>();
  for (const { sha256 } of next) content.set(`${losersDir}/${sha256}`, sources.get(sha256)!);
  next.sort((a, b) => compare(a.path, b.path) || compare(a.owner, b.owner));
  if (next.length > 0) {
    content.set(losersIndexPath, { kind: 'written', data: formatLosers(next), mode: 0o666 });
  }
  const same = isWhole && JSON.stringify(next) === JSON.stringify(before);
  const names = [
    ...before.map(({ sha256 }) => `${losersDir}/${sha256}`),
    ...(before.length > 0 ? [losersIndexPath] : []),
  ];
  return { returned, content: same ? undefined : content, before: [...new Set(names)] };
}

// Where the winner of a path goes and no other distribution lays the path, the last of its losers has it again.
function settle(
  plan: InstallPlan,
  known: readonly LoserFile[],
  sources: ReadonlyMap<string, Content>,
  scriptsDir: string,
): { next: LoserFile[]; returned: Map<string, ReturnedFile> } {
  if (known.length === 0) return { next: [], returned: new Map() };
  const layers = new Map<string, NormalizedName>();
  for (const { wheel, owned, scripts } of wheelsOf(plan)) {
    for (const file of owned) layers.set(file.path, wheel.name);
    for (const { name } of scripts) layers.set(within(scriptsDir, name), wheel.name);
  }
  for (const { path: file, winner } of plan.summary.conflicts) layers.set(file, winner);
  const returned = new Map<string, ReturnedFile>();
  const next: LoserFile[] = [];
  for (const file of new Set(known.map((one) => one.path))) {
    const losers = known.filter((one) => one.path === file).sort((a, b) => compare(a.owner, b.owner));
    let winner = layers.get(file) ?? otherOwner(plan, file, losers);
    if (winner === undefined) {
      const { owner, sha256, size } = losers.pop()!;
      const hash = recordDigest(sha256);
      returned.set(file, { owner, content: sources.get(sha256)!, file: { path: file, sha256: hash, size } });
      winner = owner;
    }
    for (const loser of losers) next.push({ ...loser, winner });
  }
  return { next, returned };
}

function otherOwner(plan: InstallPlan, file: string, losers: readonly LoserFile[]): NormalizedName | undefined {
  const loser = new Set(losers.map(({ owner }) => owner));
  const has = keptOf(plan).filter(({ owner: { name, files = [] } }) => {
    return !loser.has(name) && files.some(({ path }) => path === file);
  });
  return has.at(-1)?.owner.name;
}

// The losers of this plan's conflicts: what kept distributions have at the path now, and what wheels would have brought.
function newLosers(
  { prefixDir, layout }: Pick<InstalledState, 'prefixDir' | 'layout'>,
  plan: InstallPlan,
  known: readonly LoserFile[],
  scriptText: ScriptText,
): [LoserFile, Content][] {
  const found: [LoserFile, Content][] = [];
  const kept = new Set(keptOf(plan).map(({ owner }) => owner.name));
  for (const { path: file, owners, winner } of plan.summary.conflicts) {
    for (const owner of new Set(owners)) {
      if (owner === winner || known.some((one) => one.path === file && one.owner === owner)) continue;
      const loser = kept.has(owner)
        ? present(path.join(prefixDir, file))
        : brought(layout, plan, owner, file, scriptText);
      if (loser === undefined) continue;
      const sha256 = createHash('sha256').update(loser.data).digest('hex');
      found.push([{ path: file, owner, winner, sha256, size: loser.data.byteLength }, loser.content]);
    }
  }
  return found;
}

interface Loser {
  readonly data: Uint8Array;
  readonly content: Content;
}

function present(file: string): Loser | undefined {
  // A file that the environment shares with others is behind a link.
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
): Loser | undefined {
  const written = (data: Uint8Array): Loser => ({ data, content: { kind: 'written', data, mode: 0o777 } });
  const planned = wheelsOf(plan).find(({ wheel }) => wheel.name === owner);
  const script = planned?.scripts.find(({ name }) => within(layout.scripts, name) === file);
  if (script !== undefined) return written(scriptText(script));
  const placed = planned && placeFiles(planned.wheel, layout).find(({ target }) => target === file);
  if (placed === undefined) return undefined;
  const loser = present(path.join(planned!.wheel.treeDir, placed.file.path));
  if (loser === undefined || !placed.root.scripts) return loser;
  if (isPythonScript(loser.data)) return written(scriptText({ name: path.posix.basename(file), body: loser.data }));
  return placed.file.executable ? loser : written(loser.data);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

// What a file system may hold after a power cut: everything that was synced, and of the rest, in no order that anyone
// promised, none, all or some. Names and content are lost apart from each other; a rename is lost or kept as a whole.
import { seededRandom } from '../actors.ts';
import type { Effect, Inode, InodeId, PowerCutLog } from './power-cut-log.ts';

type Names = Extract<Effect, { is: 'names' }>;
type Content = Exclude<Effect, { is: 'names' | 'sync' }>;

/** What becomes of content that was written and not synced. `zeroed`: its length is kept; `torn`: half of it. */
export type Kept = 'none' | 'all' | 'zeroed' | 'torn';

export interface State {
  /** What was kept, in words. */
  readonly kept: string;
  readonly tree: TreeNode;
}

export interface TreeNode {
  readonly inode: InodeId;
  readonly kind: Inode['kind'];
  readonly mode: number;
  readonly mtimeMs: number | undefined;
  readonly target: string;
  readonly data: Uint8Array;
  readonly entries: ReadonlyMap<string, TreeNode>;
}

interface Held {
  readonly data: Uint8Array;
  readonly mode: number | undefined;
  readonly mtimeMs: number | undefined;
}

const nothing: Held = { data: new Uint8Array(), mode: undefined, mtimeMs: undefined };

/** The disk while the log is played: what is safe on it, and what only the memory of the machine knows. */
export class Disk {
  readonly #log: PowerCutLog;
  readonly #names = new Map<InodeId, Map<string, InodeId>>();
  readonly #content = new Map<InodeId, Held>();
  #pendingNames: Names[] = [];
  #pendingContent: Content[] = [];

  constructor(log: PowerCutLog) {
    this.#log = log;
    for (const effect of log.before) this.#play(effect);
    this.#sync(undefined);
  }

  /** The next call happens. */
  play(effects: readonly Effect[]): void {
    for (const effect of effects) this.#play(effect);
  }

  /** What may be left if the power goes now; the random ones are the same for the same `seed`. */
  *states(seed: number, randomOnes: number): Generator<State> {
    const names = this.#pendingNames;
    const every = () => true;
    const none = () => false;
    yield this.#state('only what was synced', none, () => 'none');
    if (names.length + this.#pendingContent.length === 0) return;
    yield this.#state('everything', every, () => 'all');
    yield this.#state('names without content', every, () => 'none');
    yield this.#state('names and lengths, without content', every, () => 'zeroed');
    yield this.#state('names and half of the content', every, () => 'torn');
    yield this.#state('content without names', none, () => 'all');
    if (names.length > 1) {
      const last = standingOn(names, (unit) => unit === names.at(-1));
      yield this.#state(
        'the last name alone',
        (unit) => last.has(unit),
        () => 'all',
      );
    }
    const dirs = [...new Set(names.flatMap(({ slots }) => slots.map(({ dir }) => dir)))];
    for (const dir of dirs.length > 1 ? dirs : []) {
      const isIn = ({ slots }: Names) => slots.some((slot) => slot.dir === dir);
      yield this.#state(`the names in directory ${dir} alone`, isIn, () => 'all');
      yield this.#state(`the names in directory ${dir} alone, without content`, isIn, () => 'none');
      yield this.#state(
        `the names in all directories but ${dir}`,
        (unit) => !isIn(unit),
        () => 'all',
      );
    }
    for (let n = 0; n < randomOnes; n += 1) {
      const random = seededRandom(seed * 1000 + n);
      const share = random();
      const choices: readonly Kept[] = ['none', 'all', 'zeroed', 'torn', 'all'];
      yield this.#state(
        `a random part, seed ${seed * 1000 + n}`,
        () => random() < share,
        () => choices[Math.floor(random() * choices.length)]!,
      );
    }
  }

  #play(effect: Effect): void {
    if (effect.is === 'sync') this.#sync(effect.inode);
    else if (effect.is === 'names') this.#pendingNames.push(effect);
    else this.#pendingContent.push(effect);
  }

  #sync(inode: InodeId | undefined): void {
    const safe = standingOn(
      this.#pendingNames,
      ({ slots }) => inode === undefined || slots.some(({ dir }) => dir === inode),
    );
    for (const unit of this.#pendingNames) if (safe.has(unit)) applyNames(this.#names, unit);
    this.#pendingNames = this.#pendingNames.filter((unit) => !safe.has(unit));
    const isOf = (effect: Content) => inode === undefined || effect.inode === inode;
    for (const effect of this.#pendingContent)
      if (isOf(effect)) this.#content.set(effect.inode, after(this.#content.get(effect.inode), effect, 'all'));
    this.#pendingContent = this.#pendingContent.filter((effect) => !isOf(effect));
  }

  #state(kept: string, keeps: (unit: Names) => boolean, contentOf: (inode: InodeId) => Kept): State {
    const names = new Map([...this.#names].map(([dir, entries]) => [dir, new Map(entries)]));
    const lost = new Set<string>();
    for (const unit of this.#pendingNames) {
      const follows = unit.slots.some((slot) => lost.has(keyOf(slot)));
      if (keeps(unit) && !follows) applyNames(names, unit);
      else for (const slot of unit.slots) lost.add(keyOf(slot));
    }
    const content = new Map(this.#content);
    const choices = new Map<InodeId, Kept>();
    for (const effect of this.#pendingContent) {
      const choice = choices.get(effect.inode) ?? contentOf(effect.inode);
      choices.set(effect.inode, choice);
      if (choice !== 'none') content.set(effect.inode, after(content.get(effect.inode), effect, choice));
    }
    return { kept, tree: this.#treeAt(this.#log.root, names, content) };
  }

  #treeAt(
    id: InodeId,
    names: ReadonlyMap<InodeId, ReadonlyMap<string, InodeId>>,
    contents: ReadonlyMap<InodeId, Held>,
  ): TreeNode {
    const { kind, mode, target } = this.#log.inodes.get(id)!;
    const { data, mtimeMs, ...changed } = contents.get(id) ?? nothing;
    const entries = [...(names.get(id) ?? [])].map(
      ([name, inode]) => [name, this.#treeAt(inode, names, contents)] as const,
    );
    return { inode: id, kind, mode: changed.mode ?? mode, mtimeMs, target, data, entries: new Map(entries) };
  }
}

/** The chosen `units` and those that they depend on: a name cannot be on the disk before the one it replaces. */
function standingOn(units: readonly Names[], isChosen: (unit: Names) => boolean): Set<Names> {
  const found = new Set<Names>();
  const needed = new Set<string>();
  for (const unit of units.toReversed()) {
    if (!isChosen(unit) && !unit.slots.some((slot) => needed.has(keyOf(slot)))) continue;
    found.add(unit);
    for (const slot of unit.slots) needed.add(keyOf(slot));
  }
  return found;
}

function applyNames(names: Map<InodeId, Map<string, InodeId>>, { slots }: Names): void {
  for (const { dir, name, inode } of slots) {
    const entries = names.get(dir) ?? new Map<string, InodeId>();
    names.set(dir, entries);
    if (inode === undefined) entries.delete(name);
    else entries.set(name, inode);
  }
}

function after(before: Held = nothing, effect: Content, kept: Exclude<Kept, 'none'>): Held {
  if (effect.is === 'truncate') return { ...before, data: new Uint8Array() };
  if (effect.is === 'attributes')
    return { ...before, mode: effect.mode ?? before.mode, mtimeMs: effect.mtimeMs ?? before.mtimeMs };
  const length = kept === 'torn' ? Math.floor(effect.data.length / 2) : effect.data.length;
  const data = new Uint8Array(Math.max(before.data.length, effect.at + length));
  data.set(before.data);
  data.set(kept === 'zeroed' ? new Uint8Array(length) : effect.data.subarray(0, length), effect.at);
  return { ...before, data };
}

function keyOf({ dir, name }: { readonly dir: InodeId; readonly name: string }): string {
  return `${dir}/${name}`;
}

// The power goes at every call of a protocol, and whatever a file system may then hold is looked at: what was synced is
// there, of the rest none, all or some (power-cut-states.ts). A model, so it needs no rights and no device;
// power-cut-disk.ts does the same on real file systems.
import { mkdirSync, rmSync } from 'node:fs';
import type { FsLike } from '../crashing-fs.ts';
import { stated, trials } from '../proof.ts';
import { lyingFs, recordingFs } from './power-cut-log.ts';
import { Disk } from './power-cut-states.ts';
import { fingerprintOf, placeTree } from './power-cut-tree.ts';

/** The subject on a disk that says it syncs and does not: at all, or not the n-th time. */
export function lied(subject: PowerCutSubject, only?: number): PowerCutSubject {
  return { ...subject, run: (fs, dir) => subject.run(lyingFs(fs, only), dir) };
}

/** Something that is old before it and new after it, whatever happens in between. */
export interface PowerCutSubject {
  readonly name: string;
  /** Fills the empty directory with the state before. */
  setUp(dir: string): unknown;
  /** The protocol, through the port; when it has returned the new state must be on the disk. */
  run(fs: FsLike, dir: string): unknown;
  /** Recovers as the next process would, and says what it finds; throws at anything but the two. */
  look(dir: string): Outcome | Promise<Outcome>;
  /** What has to have been seen, when all is done; both by default. */
  readonly outcomes?: readonly Outcome[] | undefined;
}

export type Outcome = 'old' | 'new';

export interface PowerCutOptions {
  /** A directory that may be removed and made again, without one to begin with. */
  readonly dir: string;
  readonly inner: FsLike;
  /** Random states at every call, on top of the ones with a name; 4 by default, and many in a proof run. */
  readonly randomOnes?: number | undefined;
  /** One violation is enough: for disks that are known to lie. */
  readonly untilFirst?: boolean | undefined;
}

export interface PowerCutReport {
  /** The calls after which the power went, and the one moment before all of them. */
  readonly points: number;
  /** The calls among them that put something on the disk. */
  readonly syncs: number;
  /** The different states that were looked at. */
  readonly states: number;
  /** A sentence for each that was neither old nor new, or old although the protocol had returned. */
  readonly violations: readonly string[];
  readonly seen: ReadonlySet<Outcome>;
}

/** Throws where there is a violation, or an outcome never came about; gives the number of states. */
export async function forEveryPowerCut(subject: PowerCutSubject, options: PowerCutOptions): Promise<number> {
  const { points, states, violations, seen } = await cutPowerEverywhere(subject, options);
  stated(states, `states that a power cut can leave (a model, ${points} points)`, violations.length);
  if (violations.length > 0) throw new Error(`${violations.length} violations; the first: ${violations[0]}`);
  const { outcomes = ['old', 'new'] } = subject;
  if ([...seen].sort().join() !== [...outcomes].sort().join())
    throw new Error(`Only ${[...seen]} at ${points} points, where ${outcomes} was expected.`);
  return states;
}

/** Tries all and tells what came of it. */
export async function cutPowerEverywhere(subject: PowerCutSubject, options: PowerCutOptions): Promise<PowerCutReport> {
  const { dir, inner, untilFirst = false } = options;
  const randomOnes = trials(options.randomOnes ?? 4, 60);
  mkdirSync(dir);
  await subject.setUp(dir);
  const { fs, log } = recordingFs(inner, dir);
  await subject.run(fs, dir);

  const disk = new Disk(log);
  const done = new Set<string>();
  const violations: string[] = [];
  const seen = new Set<Outcome>();
  const tryOne = async (point: number, mustBeNew: boolean) => {
    for (const { kept, tree } of disk.states(point, randomOnes)) {
      if (untilFirst && violations.length > 0) return;
      const fingerprint = `${mustBeNew} ${fingerprintOf(tree)}`;
      if (done.has(fingerprint)) continue;
      done.add(fingerprint);
      placeTree(dir, tree);
      const found = await lookAt(subject, dir);
      if (found === 'old' || found === 'new') seen.add(found);
      if (found === 'new' || (found === 'old' && !mustBeNew)) continue;
      const where = point === 0 ? 'before the first call' : `after call ${point} (${log.calls[point - 1]!.title})`;
      violations.push(`${where}, ${mustBeNew ? 'and it had returned, ' : ''}left ${kept}: ${found}`);
    }
  };
  await tryOne(0, false);
  for (const [index, { effects }] of log.calls.entries()) {
    disk.play(effects);
    await tryOne(index + 1, false);
  }
  await tryOne(log.calls.length, true);
  rmSync(dir, { recursive: true, force: true });
  const syncs = log.calls.filter(({ effects }) => effects.some(({ is }) => is === 'sync')).length;
  return { points: log.calls.length + 1, syncs, states: done.size, violations, seen };
}

/** What the subject finds, or the sentence with which it refuses. */
export async function lookAt(subject: PowerCutSubject, dir: string): Promise<string> {
  try {
    return await subject.look(dir);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

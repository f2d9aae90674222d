// The power goes on a real file system: on a loop device, what has reached the backing file is what a disk would have.
// At every call the file is copied; each copy is mounted, which replays the journal, and looked at. Needs root and Linux.
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FsLike } from '../crashing-fs.ts';
import { stated, trials } from '../proof.ts';
import { memoryDir } from '../temporary.ts';
import { lookAt, type PowerCutSubject } from './power-cut.ts';

/** The smallest images that hold a small environment, in MiB. */
const sizes = { ext4: 64, xfs: 320, btrfs: 160 } as const;

export type DiskKind = keyof typeof sizes;

export const diskKinds = Object.keys(sizes) as readonly DiskKind[];

/**
 * `lazy`: nothing is written but what was synced, and what the file system writes by itself. `flushed`: another file is
 * synced before every cut, which takes the journal along, so that a name is there without its content.
 */
export const flushings = ['lazy', 'flushed'] as const;

export type Flushing = (typeof flushings)[number];

export interface RealPowerCutOptions {
  readonly kind: DiskKind;
  readonly inner: FsLike;
  readonly flushing: Flushing;
  /** The most points to take, spread evenly over all there are, which is what a proof run takes. */
  readonly atMost?: number | undefined;
}

export interface RealPowerCutReport {
  readonly points: number;
  readonly violations: readonly string[];
}

/** Why there can be no such disk here; undefined: there can. */
export function whyNoDisk(kind: DiskKind): string | undefined {
  if (process.platform !== 'linux') return 'loop devices are Linux';
  if (process.getuid?.() !== 0) return 'only root mounts a disk';
  if (spawnSync(`mkfs.${kind}`, ['-V']).error !== undefined) return `there is no mkfs.${kind}`;
  const dir = mkdtempSync(path.join(tmpdir(), 'ww-disk-'));
  try {
    makeImage(path.join(dir, 'disk'), kind);
    mkdirSync(path.join(dir, 'at'));
    mount(path.join(dir, 'disk'), path.join(dir, 'at'));
    unmount(path.join(dir, 'at'));
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Something for a disk that is mounted there; it may lay beside it what it needs. */
export type SubjectOn = (mountDir: string) => PowerCutSubject | Promise<PowerCutSubject>;

/** Cuts the power at every call of every subject and states what came of it; throws where there is a violation. */
export async function forEveryRealPowerCut(
  subjects: readonly SubjectOn[],
  options: RealPowerCutOptions,
): Promise<void> {
  const reports: RealPowerCutReport[] = [];
  for (const subject of subjects) reports.push(await cutRealPower(subject, options));
  const violations = reports.flatMap((report) => report.violations);
  const points = reports.reduce((sum, report) => sum + report.points, 0);
  stated(points, `power cuts on ${options.kind} (${options.flushing})`, violations.length);
  if (violations.length > 0) throw new Error(`${violations.length} violations; the first: ${violations[0]}`);
}

/** The same for one, without a statement. */
export async function cutRealPower(
  subjectOn: SubjectOn,
  { kind, inner, flushing, atMost = trials(12, Number.POSITIVE_INFINITY) }: RealPowerCutOptions,
): Promise<RealPowerCutReport> {
  const work = memoryDir('ww-disk-');
  const [image, mountDir, copies] = ['image', 'at', 'copies'].map((name) => path.join(work, name)) as [
    string,
    string,
    string,
  ];
  makeImage(image, kind);
  for (const dir of [mountDir, copies]) mkdirSync(dir);
  const cuts: { readonly title: string; readonly copy: string; readonly mustBeNew: boolean }[] = [];
  const dir = path.join(mountDir, 'disk');
  const cut = (title: string, mustBeNew = false) => {
    if (flushing === 'flushed') commitJournal(mountDir, cuts.length);
    const copy = path.join(copies, `${cuts.length}`);
    command('cp', '--sparse=always', image, copy);
    cuts.push({ title, copy, mustBeNew });
  };

  mount(image, mountDir);
  let subject: PowerCutSubject;
  try {
    subject = await subjectOn(mountDir);
    mkdirSync(dir);
    await subject.setUp(dir);
    command('sync', '-f', mountDir);
    await subject.run(cutting(inner, cut), dir);
    cut('it had returned', true);
  } finally {
    unmount(mountDir);
  }

  const violations: string[] = [];
  const step = Math.max(1, cuts.length / atMost);
  const chosen = cuts.filter((one, n) => one.mustBeNew || Math.floor(n / step) !== Math.floor((n - 1) / step));
  for (const { title, copy, mustBeNew } of chosen) {
    mount(copy, mountDir);
    try {
      const found = await lookAt(subject, dir);
      if (found !== 'new' && (found !== 'old' || mustBeNew)) violations.push(`${title}: ${found}`);
    } finally {
      unmount(mountDir);
    }
    rmSync(copy);
  }
  return { points: chosen.length, violations };
}

/** `inner` with `cut` called before every call that changes something, and before every sync. */
function cutting(inner: FsLike, cut: (title: string) => void): FsLike {
  let calls = 0;
  return new Proxy(inner, {
    get: (target, name: keyof FsLike) => {
      const call = target[name] as (...values: unknown[]) => unknown;
      if (name === 'close') return call;
      return (...values: unknown[]) => {
        calls += 1;
        const paths = values.filter((value) => typeof value === 'string');
        if (name !== 'open' || values[1] !== 'r') cut(`before call ${calls} (${name} ${paths.join(' ')})`);
        return call(...values);
      };
    },
  });
}

/** A file that is synced takes the journal with it, and with that the names of all others. */
function commitJournal(mountDir: string, n: number): void {
  const fd = openSync(path.join(mountDir, '.flush'), 'w');
  writeSync(fd, String(n));
  fsyncSync(fd);
  closeSync(fd);
}

function makeImage(image: string, kind: DiskKind): void {
  writeFileSync(image, '');
  truncateSync(image, sizes[kind] * 1_048_576);
  command(`mkfs.${kind}`, '-q', kind === 'ext4' ? '-F' : '-f', image);
}

function mount(image: string, dir: string): void {
  command('mount', '-o', 'loop', image, dir);
}

function unmount(dir: string): void {
  const parent = statSync(path.dirname(dir)).dev;
  if (!existsSync(dir) || statSync(dir).dev === parent) return;
  if (spawnSync('umount', [dir]).status !== 0) command('umount', '--lazy', dir);
}

function command(name: string, ...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(name, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${name} ${args.join(' ')}: ${error?.message ?? stderr.trim()}`);
}

// What a run of many builds came to, in a few lines: how many, how many of them were unchanged, and which took longest.
import path from 'node:path';
import type { ProjectToBuild } from 'wheelwright';
import { count, duration } from './units.ts';

/** Collects what is built. */
export interface BuildAccount {
  /** A published artifact. */
  add(project: Pick<ProjectToBuild, 'sourceDir'>, result: { readonly reused: boolean; readonly ms: number }): void;
  /** The account, when all have ended. */
  text(settled: readonly PromiseSettledResult<unknown>[]): string;
}

const mostNamed = 3;

/** Whether a build ended because another one failed, or because of a signal. */
function isStopped(reason: unknown): boolean {
  const { code } = reason as { code?: unknown };
  return code === 'WHEELWRIGHT_ABORTED' || code === 'PEP517_ABORTED';
}

/** Starts the clock. */
export function openAccount(): BuildAccount {
  const started = Date.now();
  const took = new Map<string, number>();
  let artifacts = 0;
  let reused = 0;
  return {
    add({ sourceDir }, result) {
      artifacts += 1;
      if (result.reused) reused += 1;
      else took.set(sourceDir, (took.get(sourceDir) ?? 0) + result.ms);
    },
    text(settled) {
      const rejected = settled.filter((each) => each.status === 'rejected');
      const stopped = rejected.filter(({ reason }) => isStopped(reason)).length;
      const failed = rejected.length - stopped;
      const unchanged = reused === 0 ? '' : `, ${reused} of them unchanged`;
      const slowest = [...took].sort((a, b) => b[1] - a[1]).slice(0, mostNamed);
      const longest = slowest.map(([dir, ms]) => `${path.basename(dir)} ${duration(ms)}`).join(', ');
      const lines = [`${count(artifacts, 'artifact')}${unchanged} in ${duration(Date.now() - started)}`];
      const others = stopped === 0 ? '' : `, ${stopped} stopped`;
      if (rejected.length > 0) lines.push(`${failed} of ${settled.length} builds failed${others}`);
      if (slowest.length > 1) lines.push(`slowest: ${longest}`);
      return lines.join('; ');
    },
  };
}

// What the figures were taken on and with: without these lines they mean nothing.
import { statfsSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { Bench } from './types.ts';

const fileSystems: Readonly<Record<number, string>> = {
  61267: 'ext4',
  16914836: 'tmpfs',
  2435016766: 'btrfs',
  1481003842: 'xfs',
  2035054128: 'overlayfs',
  26: 'apfs',
};

/** A line each: the machine, the tools, the rules of the run. */
export function describeMachine(bench: Bench): string[] {
  const { type: magic } = statfsSync(bench.seriesDir);
  const load = loadavg()[0] ?? 0;
  const processor = cpus()[0]?.model ?? 'unknown processor';
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const fileSystem = fileSystems[magic] ?? `file system 0x${magic.toString(16)}`;
  return [
    `${availableParallelism()} cores (${processor}), ${memory}, ${type()} ${release()}, ${fileSystem}, load ${load.toFixed(1)}${load > 1 ? ': NOT a quiet machine' : ''}`,
    `Node ${process.versions.node}; ${bench.tools.map(({ name, version }) => `${name} ${version}`).join(', ')}`,
    `${bench.rounds} rounds after a warming one, interleaved, order turning; ${bench.quick ? 'a tenth of everything; ' : ''}NODE_EXTRA_CA_CERTS unset, HOME empty and no index settings for all`,
  ];
}

// How long until a command has said its version: what every other figure of it contains.

import type { Entrant, Job } from '../job.ts';
import { trialOf } from '../run-steps.ts';
import type { Bench, Step } from '../types.ts';

export function startUpJobs(bench: Bench): Job[] {
  const entrant = (name: string, ours: boolean, step: Step): Entrant => ({
    name,
    ours,
    prepare: async () => trialOf(bench, [[step]]),
  });
  return [
    {
      name: 'start-up, --version',
      goals: [{ entrant: 'ww', than: 'node -e 0', atMost: 1.3 }],
      entrants: async () => [
        ...bench.tools.map((tool) => entrant(tool.name, tool.ours, tool.startUp())),
        entrant('node -e 0', false, { command: [process.execPath, '-e', '0'] }),
      ],
    },
  ];
}

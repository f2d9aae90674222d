// `run`: what a program needs to run in an environment, and to see one generation of it from its start to its end.
import { closeSync, openSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { settle } from '../environment/place.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** An environment that is held for a program. */
export interface HeldEnvironment {
  /** The environment's directory, absolute. */
  readonly dir: string;
  /** The process's own variables with PATH, VIRTUAL_ENV and the generation set, PYTHONHOME taken out. */
  readonly variables: Readonly<Record<string, string>>;
  /** The generation that every Python of the program sees; undefined where the environment has none. */
  readonly generation: number | undefined;
  /** Lets the generation go: until then no change removes it. */
  release(): void;
}

/**
 * Holds the environment's current generation and gives the variables for a program. A Python that the program starts,
 * at whatever time, reads that generation; a change that is made meanwhile shows in it only after `release`.
 */
export async function holdEnvironment(
  tool: Tool,
  options: CallOptions & { readonly environment?: string | undefined } = {},
): Promise<HeldEnvironment> {
  return withCall(tool, options, async (called) => {
    const environment = called.environment(options.environment);
    await settle(called, environment);
    const { dir, kind } = environment;
    const held = kind === 'own' ? holdGeneration(dir) : undefined;
    const { PYTHONHOME: _, ...inherited } = called.settings.variables;
    const variables: Record<string, string> = {};
    for (const [name, value] of Object.entries(inherited)) if (value !== undefined) variables[name] = value;
    return {
      dir,
      generation: held?.number,
      variables: {
        ...variables,
        PATH: [path.join(dir, 'bin'), variables.PATH].filter((part) => part !== undefined && part !== '').join(':'),
        VIRTUAL_ENV: dir,
        ...(held === undefined ? {} : { WHEELWRIGHT_GENERATION: held.dir }),
      },
      release: () => held?.release(),
    };
  });
}

/** The current generation, its directory open: retiring looks for open directories. It may be switched meanwhile: again. */
function holdGeneration(environmentDir: string): { dir: string; number: number; release: () => void } {
  const pointer = path.join(environmentDir, '.wheelwright', 'current');
  for (;;) {
    const dir = realpathSync(pointer);
    const fd = openSync(dir, 'r');
    if (realpathSync(pointer) === dir) return { dir, number: Number(path.basename(dir)), release: () => closeSync(fd) };
    closeSync(fd);
  }
}

// `run`: the variables with which a program runs in an environment and sees one generation of it until it ends.
import { closeSync, openSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { settle } from '../environment/place.ts';
import { type CallOptions, withCall } from '../tool/call.ts';
import type { Tool } from '../tool/tool.ts';

/** A generation held for a program. */
export interface HeldEnvironment {
  /** The environment's directory, absolute. */
  readonly dir: string;
  /** The process's own variables with PATH, VIRTUAL_ENV and the generation set, and without PYTHONHOME. */
  readonly variables: Readonly<Record<string, string>>;
  /** The generation that every Python of the program sees; undefined if the environment has none. */
  readonly generation: number | undefined;
  /** Releases the generation. Until then no change removes it. */
  release(): void;
}

/**
 * Holds the environment's current generation and returns the variables for a program. Every Python that the program starts
 * reads this generation, also after a change of the environment.
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

/** Opens the directory of the current generation, since retiring spares open directories. Repeats this if the environment was switched at the same time. */
function holdGeneration(environmentDir: string): { dir: string; number: number; release: () => void } {
  const pointer = path.join(environmentDir, '.wheelwright', 'current');
  for (;;) {
    const dir = realpathSync(pointer);
    const fd = openSync(dir, 'r');
    if (realpathSync(pointer) === dir) return { dir, number: Number(path.basename(dir)), release: () => closeSync(fd) };
    closeSync(fd);
  }
}

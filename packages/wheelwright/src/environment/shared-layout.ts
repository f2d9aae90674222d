// Implements the installer's port for environments that share packages: the data directory, and the wheels and byte-code
// from which a new shared generation is made.
import type { SharedLayout, WheelTree } from '@wheelwright/installer';
import { type Interpreter, readEnvironment } from '@wheelwright/python';
import { compileSources } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { findSoundWheel } from '../wheels/find-intact-wheel.ts';
import { toWheelTree } from '../wheels/wheel-trees.ts';

/** The port for the environment at `environmentDir`. Reads nothing until a shared generation has to be made. */
export function sharingOf(tool: Tool, environmentDir: string): SharedLayout {
  const interpreterOf = () => tool.interpreter(readEnvironment(environmentDir).interpreterExecutable);
  return {
    // Read only for environments that share: an environment of layout own needs no data directory.
    get dataDir() {
      return requireDataDir(tool);
    },
    async compile(wheels) {
      const interpreter = await interpreterOf();
      const compiled: WheelTree[] = [];
      for (const wheel of wheels) compiled.push(await withBytecode(tool, wheel, interpreter));
      return compiled;
    },
    async compileModules(dir, names) {
      const interpreter = await interpreterOf();
      const sources = names.map((name) => ({
        name,
        source: `${dir}/${name}`,
        target: `__pycache__/${name.slice(0, -'.py'.length)}.${interpreter.cacheTag}.pyc`,
      }));
      await compileSources(interpreter, dir, sources, tool.signal);
    },
    async findWheel(sha256) {
      const store = await tool.store();
      const stored = findSoundWheel(store, sha256);
      if (stored === undefined) return undefined;
      return toWheelTree(store, stored, { requested: false });
    },
  };
}

function requireDataDir({ settings }: Tool): string {
  if (settings.dataDir !== undefined) return settings.dataDir;
  throw new WheelwrightError(
    'WHEELWRIGHT_NO_DATA_DIRECTORY',
    'Shared packages need a data directory, and HOME names none.',
    {
      hint: 'Name a permanent directory with WHEELWRIGHT_DATA.',
    },
  );
}

async function withBytecode(tool: Tool, wheel: WheelTree, interpreter: Interpreter): Promise<WheelTree> {
  if (wheel.bytecode !== undefined) return wheel;
  const store = await tool.store();
  const stored = store.findWheel(wheel.sha256);
  const bytecode = stored && (await store.addBytecode(stored, interpreter));
  return bytecode === undefined ? wheel : { ...wheel, bytecode };
}

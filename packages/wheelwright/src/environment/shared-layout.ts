// The installer's port for environments that share their packages: where those lie, and what the store and an
// interpreter give to make a shared generation that nobody has had yet.
import type { SharedLayout, WheelTree } from '@wheelwright/installer';
import { type Interpreter, readEnvironment } from '@wheelwright/python';
import { compileSources } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { findSoundWheel } from '../wheels/find-intact-wheel.ts';
import { toWheelTree } from '../wheels/wheel-trees.ts';

/** The port for the environment at `environmentDir`; nothing is looked at before something has to be made. */
export function sharingOf(tool: Tool, environmentDir: string): SharedLayout {
  const interpreterOf = () => tool.interpreter(readEnvironment(environmentDir).interpreterExecutable);
  return {
    // Looked at only where something is shared: an environment of its own needs no data directory.
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
  throw new WheelwrightError('WHEELWRIGHT_NO_DATA_DIRECTORY', 'HOME names no directory for what environments share.', {
    hint: 'Name one that stays with WHEELWRIGHT_DATA.',
  });
}

async function withBytecode(tool: Tool, wheel: WheelTree, interpreter: Interpreter): Promise<WheelTree> {
  if (wheel.bytecode !== undefined) return wheel;
  const store = await tool.store();
  const stored = store.findWheel(wheel.sha256);
  const bytecode = stored && (await store.addBytecode(stored, interpreter));
  return bytecode === undefined ? wheel : { ...wheel, bytecode };
}

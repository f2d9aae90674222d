// Environments of the layout `shared`, made by code, and what the installer needs for them.
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { environmentPaths, formatGeneration, parseGeneration, pipGuard, stableLinkTarget } from '@wheelwright/python';
import type { SharedLayout, WheelTree } from '../src/index.ts';
import { makeEnvironment } from './environments.ts';

/** An empty environment of the layout at `dir`. */
export function makeSharedEnvironment(dir: string, python?: string): string {
  makeEnvironment(dir, python);
  const generation = path.join(environmentPaths(dir).generations, '1');
  const file = path.join(generation, 'generation.json');
  const before = parseGeneration(readFileSync(file, 'utf8'), file);
  writeFileSync(file, formatGeneration({ ...before, shared: { cacheTag: 'cpython-311', magic: 'a70d0d0a' } }));
  writeFileSync(path.join(generation, 'pip.conf'), pipGuard);
  symlinkSync(stableLinkTarget('pip.conf'), path.join(dir, 'pip.conf'));
  return dir;
}

export interface CountedSharing extends SharedLayout {
  /** How many shared generations were built. */
  built: number;
}

/** Sharing below `dataDir` with `wheels` at hand; nothing is compiled. */
export function sharingIn(dataDir: string, wheels: readonly WheelTree[] = []): CountedSharing {
  const sharing: CountedSharing = {
    dataDir,
    built: 0,
    compile: async (given) => {
      sharing.built += 1;
      return given;
    },
    compileModules: async () => {},
    findWheel: async (sha256) => wheels.find((wheel) => wheel.sha256 === sha256),
  };
  return sharing;
}

/** The names of the shared generations below `dataDir`. */
export function sharedKeys(dataDir: string): string[] {
  return readdirSync(path.join(dataDir, 'shared')).sort();
}

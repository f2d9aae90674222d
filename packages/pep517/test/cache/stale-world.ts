// A tree whose wheel states what some lines of Python have found out, with all that they can find.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { directorySink, unpackWheel } from '@wheelwright/archives';
import { type BuildEvent, build, createDirectoryCache } from '@wheelwright/pep517';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { hostProvisioner, hostPython } from '../provisioners.ts';

/** A tree whose wheel holds the `value` that some lines of Python have found out. */
export class World {
  readonly dir = temporaryDir();
  readonly tree = path.join(this.dir, 'project', 'tree');
  readonly variables: Record<string, string | undefined> = { PATH: process.env.PATH, HOME: this.dir };
  readonly events: BuildEvent[] = [];

  constructor(code: string) {
    writeBackendTree(this.tree);
    this.write({
      'own.py': `import backend, ctypes, os, shutil, subprocess, sys
from backend import *

def find_out():
${code.replace(/^/gm, '    ')}
    return value

def build_wheel(directory, config_settings=None, metadata_directory=None):
    return backend.write_wheel("build_wheel", directory, {"value.txt": str(find_out()).strip().encode()})
`,
      'pyproject.toml': '[build-system]\nrequires = []\nbuild-backend = "own"\nbackend-path = ["."]\n',
      '../beside/VERSION': 'one',
    });
  }

  /** Paths are relative to the tree. */
  write(files: Readonly<Record<string, string>>): void {
    writeTree(this.tree, files);
  }

  /** What the wheel of a build states. */
  async build(): Promise<{ value: string; reused: boolean }> {
    const outDir = path.join(this.dir, 'out');
    const { path: wheel, reused } = await build({
      sourceDir: this.tree,
      kind: 'wheel',
      outDir,
      buildsDir: path.join(this.dir, 'builds'),
      interpreter: { ...hostPython, identity: { version: '3' } },
      provisioner: Object.assign(hostProvisioner(), { identify: async () => [] }),
      environment: this.variables,
      cache: createDirectoryCache({ dir: path.join(this.dir, 'kept') }),
      onEvent: (event) => this.events.push(event),
    });
    const unpacked = path.join(this.dir, 'unpacked');
    rmSync(unpacked, { recursive: true, force: true });
    mkdirSync(unpacked);
    await unpackWheel(wheel, directorySink(unpacked));
    return { value: readFileSync(path.join(unpacked, 'value.txt'), 'utf8'), reused };
  }

  /** Why the last build was not kept; undefined where it was. */
  get whyNotKept(): string | undefined {
    const told = this.events.filter((event) => event.type === 'cache').at(-1);
    return told?.state === 'not-kept' ? told.reasons.join('; ') : undefined;
  }
}

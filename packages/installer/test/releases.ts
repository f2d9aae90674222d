// Releases of one package all of whose parts state their version, and programs that read them while they change.
import path from 'node:path';
import type { WheelTree } from '../src/index.ts';
import { wheelTree } from './environments.ts';

const modules = Array.from({ length: 20 }, (_, index) => `m${index}`);

/** A package all of whose parts state the version: modules, metadata, a command, a Python script and a data file. */
export function release(dir: string, version: string): WheelTree {
  const files: Record<string, string> = {
    'pkg/__init__.py': `version = '${version}'\n`,
    'pkg/__main__.py': 'from pkg.check import main; main()\n',
  };
  for (const name of modules) files[`pkg/${name}.py`] = `version = '${version}'\n`;
  files['pkg/data.txt'] = version;
  files['pkg/check.py'] = check;
  return wheelTree(path.join(dir, 'store'), 'pkg', {
    version,
    files,
    scripts: { 'pkg-command': 'pkg.check:main' },
    data: { 'scripts/pkg-body': `#!python\nfrom pkg.check import main\nmain('${version}')\n` },
  });
}

// Late on purpose: every part is looked at as long after the one before as an interpreter can take.
const check = `
import importlib, importlib.metadata, pkgutil
def main(*stated):
    seen = set(stated)
    seen.add(importlib.import_module("pkg").version)
    for number in range(${modules.length}):
        seen.add(importlib.import_module("pkg.m%d" % number).version)
        seen.add(pkgutil.get_data("pkg", "data.txt").decode())
        seen.add(importlib.metadata.version("pkg"))
    found = [d.version for d in importlib.metadata.distributions() if d.metadata["Name"] == "pkg"]
    print("mixed" if len(seen | set(found)) != 1 or len(found) != 1 else found[0])
`;

/** What a listing of the environment shows of the package. */
export const listing = `
import importlib.metadata
print(*sorted(d.version for d in importlib.metadata.distributions() if d.metadata["Name"] == "pkg"))
`;

/** Imports one module after the other, slowly enough for several changes to fall in between. */
export const lazyImporter = `
import importlib, time
seen = set()
for number in range(${modules.length}):
    seen.add(importlib.import_module("pkg.m%d" % number).version)
    time.sleep(0.02)
print(*sorted(seen))
`;

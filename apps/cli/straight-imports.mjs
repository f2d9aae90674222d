// For the bundle: an import from one of our packages becomes an import from the module that declares the name. Through
// the packages' index files each command would evaluate every module there is; so it evaluates those that it names.
// Imports from Node itself become `require`, which does not copy the names of a whole module to take one.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { isSlow } from './lazy-builtins.mjs';

const names = String.raw`\{([^}]*)\}`;
const reExport = new RegExp(String.raw`^export (type )?${names} from '(\.[^']+)';`, 'gms');
const namedImport = new RegExp(`^import (type )?${names} from '([^'.:]+)';`, 'gms');
const builtin = new RegExp(String.raw`^import (?!type )(?:(\w+)|${names}) from ('node:[^']+');`, 'gms');

/** An esbuild plugin for the packages in `packagesDir`. */
export function straightImports(packagesDir) {
  const packages = new Map();
  for (const directory of readdirSync(packagesDir, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
    const { name } = JSON.parse(readFileSync(path.join(packagesDir, directory.name, 'package.json'), 'utf8'));
    packages.set(name, path.join(packagesDir, directory.name, 'src'));
  }
  const declaredIn = new Map();
  const modulesOf = (name) => {
    const known = declaredIn.get(name);
    if (known !== undefined) return known;
    const modules = new Map();
    for (const [, , exported, from] of readIndex(packages.get(name)).matchAll(reExport)) {
      for (const { local, outer, isType } of bindings(exported)) {
        if (!isType) modules.set(outer, { name: local, path: path.join(packages.get(name), from) });
      }
    }
    declaredIn.set(name, modules);
    return modules;
  };
  const straighten = (statement, typeOnly, imported, from) => {
    if (!packages.has(from) || typeOnly) return statement;
    const lines = bindings(imported).flatMap(({ local, outer, isType }) => {
      const declared = modulesOf(from).get(local);
      if (isType) return [];
      if (declared === undefined) throw new Error(`${from} exports no ${local} by name`);
      return [`import { ${declared.name} as ${outer} } from ${JSON.stringify(declared.path)};`];
    });
    // The lines of the statement stay as many, for the traces.
    return lines.join(' ') + '\n'.repeat(statement.split('\n').length - 1);
  };
  return {
    name: 'straight imports',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path: file }) => ({
        contents: readFileSync(file, 'utf8').replace(namedImport, straighten).replace(builtin, required),
        loader: 'ts',
      }));
    },
  };
}

function required(statement, whole, named, from) {
  // The slow ones are replaced by something that has to be imported.
  if (isSlow(from.slice(1, -1))) return statement;
  const taken = whole ?? `{ ${destructured(named)} }`;
  return `const ${taken} = require(${from});${'\n'.repeat(statement.split('\n').length - 1)}`;
}

function destructured(named) {
  const values = bindings(named).filter(({ isType }) => !isType);
  return values.map(({ local, outer }) => (local === outer ? local : `${local}: ${outer}`)).join(', ');
}

function readIndex(sourceDir) {
  return readFileSync(path.join(sourceDir, 'index.ts'), 'utf8');
}

/** `a, b as c, type D` as what is named where it is declared and what it is called here. */
function bindings(text) {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const isType = part.startsWith('type ');
      const [local, outer = local] = (isType ? part.slice(5) : part).split(/\s+as\s+/);
      return { local, outer, isType };
    });
}

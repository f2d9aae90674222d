// For ESM builds: loads the dependencies that are CommonJS by `require`. An `import` of a CommonJS module makes Node start
// its lexer for such modules, which costs 25 ms of processor time once a process.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Gives an ESM module `require`; it must be the banner of each build that has `requireCommonJs` or bundles CommonJS. */
export const requireBanner =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);";

/** The dependencies of the package in `packageDir` that Node loads as CommonJS. */
export function commonJsDependencies(packageDir) {
  const { dependencies = {} } = JSON.parse(readFileSync(path.join(packageDir, 'package.json'), 'utf8'));
  return Object.keys(dependencies).filter((name) => {
    const manifest = path.join(packageDir, 'node_modules', name, 'package.json');
    if (name.startsWith('@wheelwright/') || !existsSync(manifest)) return false;
    const { type, exports } = JSON.parse(readFileSync(manifest, 'utf8'));
    return type !== 'module' && !JSON.stringify(exports ?? {}).includes('"import"');
  });
}

/** An esbuild plugin: an `import` of one of these packages becomes a `require`, with the same default and named imports. */
export function requireCommonJs(names) {
  const filter = new RegExp(`^(?:${names.join('|')})$`);
  return {
    name: 'require-commonjs',
    setup(build) {
      build.onResolve({ filter }, ({ path: name, kind }) =>
        kind === 'import-statement' || kind === 'dynamic-import'
          ? { path: name, namespace: 'commonjs' }
          : { path: name, external: true },
      );
      build.onLoad({ filter, namespace: 'commonjs' }, ({ path: name }) => ({
        contents: `module.exports = require(${JSON.stringify(name)});`,
      }));
    },
  };
}

// Bundles the command into one CommonJS file in which every module is evaluated only when it is first needed: each
// command hangs on a dynamic import, and Node's built-ins are required inside the modules that use them.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { lazyBuiltins } from './lazy-builtins.mjs';
import { straightImports } from './straight-imports.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.join(here, '..', '..', 'packages');
const { version } = JSON.parse(readFileSync(path.join(here, 'package.json'), 'utf8'));

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  charset: 'ascii',
  define: { __WHEELWRIGHT_VERSION__: JSON.stringify(version), 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'error',
};

// undici is half of everything by size and serves proxies alone: a bundle of its own, found beside the other.
const proxies = createRequire(path.join(packages, 'index-client', 'package.json')).resolve('undici');
await Promise.all([
  build({
    ...common,
    entryPoints: [path.join(here, 'src', 'main.ts')],
    outfile: path.join(here, 'dist', 'main.cjs'),
    // A function, so that bin/ww.js compiles the file as it is read: a megabyte is not copied to be wrapped.
    banner: { js: `(function (exports, require, module, __filename, __dirname) {${common.banner.js}` },
    footer: { js: '})' },
    external: ['koffi'],
    plugins: [
      lazyBuiltins(),
      straightImports(packages),
      {
        name: 'proxies apart',
        setup: ({ onResolve }) => onResolve({ filter: /^undici$/ }, () => ({ path: './proxies.cjs', external: true })),
      },
    ],
  }),
  // What a thread runs; it is looked for beside the module that starts it.
  build({
    ...common,
    entryPoints: [path.join(packages, 'store', 'src', 'unpack-worker.ts')],
    outfile: path.join(here, 'dist', 'unpack-worker.cjs'),
    external: ['koffi'],
    plugins: [straightImports(packages)],
  }),
  build({ ...common, entryPoints: [proxies], outfile: path.join(here, 'dist', 'proxies.cjs') }),
]);

// Bundles the command into one CommonJS file in which every module is evaluated only when it is first needed: each
// command hangs on a dynamic import, and Node's built-ins are required inside the modules that use them.
//
// `node build.mjs` writes `dist`, from which a checkout runs. `node build.mjs --package DIR` writes the command as the
// package `wheelwright` ships it: entry, bundles, version, and the licences of everything bundled.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { thirdPartyNotices } from '../../scripts/third-party-notices.mjs';
import { lazyBuiltins } from './lazy-builtins.mjs';
import { straightImports } from './straight-imports.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const packages = path.join(here, '..', '..', 'packages');
const packageAt = process.argv.indexOf('--package');
const packageDir = packageAt === -1 ? undefined : path.resolve(process.argv[packageAt + 1]);
const outDir = path.join(packageDir ?? here, 'dist');
const { version } = JSON.parse(readFileSync(path.join(packages, 'wheelwright', 'package.json'), 'utf8'));

const common = {
  bundle: true,
  metafile: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20.19',
  charset: 'ascii',
  // Names stay, so that a stack trace says where it is.
  minifyWhitespace: true,
  minifySyntax: true,
  // Compiled from a code cache, a script has lost the callback for `import()`: the built-ins are
  // required.
  supported: { 'dynamic-import': false },
  define: { __WHEELWRIGHT_VERSION__: JSON.stringify(version), 'import.meta.url': 'importMetaUrl' },
  banner: { js: "const importMetaUrl = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'error',
};

const results = await Promise.all([
  build({
    ...common,
    entryPoints: [path.join(here, 'src', 'main.ts')],
    outfile: path.join(outDir, 'main.cjs'),
    // A function, so that bin/ww.js compiles the file as it is read: a megabyte is not copied to be wrapped.
    banner: { js: `(function (exports, require, module, __filename, __dirname) {${common.banner.js}` },
    footer: { js: '})' },
    external: ['koffi'],
    plugins: [lazyBuiltins(), straightImports(packages)],
  }),
  // What a thread runs; it is looked for beside the module that starts it.
  build({
    ...common,
    entryPoints: [path.join(packages, 'store', 'src', 'unpack-worker.ts')],
    outfile: path.join(outDir, 'unpack-worker.cjs'),
    external: ['koffi'],
    plugins: [straightImports(packages)],
  }),
  // Asked before the bundle is loaded.
  build({
    ...common,
    entryPoints: [path.join(here, 'src', 'settled', 'answer.ts')],
    outfile: path.join(outDir, 'settled.cjs'),
    plugins: [lazyBuiltins()],
    banner: {},
  }),
]);
// What `ww help CODE` prints.
cpSync(path.join(packages, '..', 'docs', 'errors.md'), path.join(outDir, 'errors.md'));
if (packageDir !== undefined) writePackage(packageDir, results);

/** Adds what the bundles need beside them: the entry, the version that it prints, and the notices. */
function writePackage(dir, results) {
  cpSync(path.join(here, 'bin'), path.join(dir, 'bin'), { recursive: true });
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'package.json'), `${JSON.stringify({ version, type: 'commonjs', private: true })}\n`);
  const inputs = results.flatMap(({ metafile }) => Object.keys(metafile.inputs)).map((file) => path.resolve(file));
  const text = thirdPartyNotices('The command contains the following packages.', inputs);
  writeFileSync(path.join(dir, 'THIRD_PARTY_NOTICES.txt'), text);
}

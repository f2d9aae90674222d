// For the bundle: those of Node's own modules that take milliseconds to load are loaded when something of them is used,
// not when a module that might use it is evaluated. A warm installation then speaks of `http` and never loads it.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const slow = [
  'child_process',
  'crypto',
  'dns',
  'http',
  'https',
  'net',
  'os',
  'readline',
  'tls',
  'tty',
  'worker_threads',
  'zlib',
];
const filter = new RegExp(`^(node:)?(${slow.join('|')})$`);

/** Whether the module of Node's is replaced by one that loads it late. */
export function isSlow(name) {
  return filter.test(name);
}

/** An esbuild plugin for CommonJS output. */
export function lazyBuiltins() {
  return {
    name: 'lazy built-ins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter }, ({ path, namespace }) =>
        namespace === 'lazy-builtin'
          ? { path, external: true }
          : { path: path.replace('node:', ''), namespace: 'lazy-builtin' },
      );
      onLoad({ filter: /./, namespace: 'lazy-builtin' }, ({ path }) => ({ contents: standIn(path), loader: 'js' }));
    },
  };
}

/** The text of a module with the same names, each of which loads the real one. */
function standIn(name) {
  const real = require(name);
  if (typeof real !== 'object') throw new Error(`${name} is a ${typeof real}, for which an object cannot stand in`);
  const accessors = Object.getOwnPropertyNames(real).map((key) => `get ${key}() { return load().${key}; }`);
  return `let real;
const load = () => (real ??= require('node:${name}'));
module.exports = { ${accessors.join(', ')} };
`;
}

// The one build of every published package: ESM and CommonJS beside their declarations, from `src/index.ts`; and where a
// package starts threads, what they run in a file of its own.
import { existsSync } from 'node:fs';
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts', 'src/unpack-worker.ts'].filter((file) => existsSync(file)),
  format: ['esm', 'cjs'],
  target: 'node20.19',
  dts: true,
  clean: true,
  sourcemap: false,
  splitting: true,
  shims: true,
});

// The one build of every published package: ESM and CommonJS beside their declarations, from `src/index.ts`.
import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm', 'cjs'],
  target: 'node20.19',
  dts: true,
  clean: true,
  sourcemap: false,
  splitting: true,
  shims: true,
});

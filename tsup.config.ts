// The one build of every published package: ESM and CommonJS beside their declarations, from `src/index.ts`; and where a
// package starts threads, what they run in a file of its own.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'tsup';
import { bundledDependencies, thirdPartyNotices } from './scripts/third-party-notices.mjs';

const bundled = [...(bundledDependencies[path.basename(process.cwd())] ?? [])];

export default defineConfig({
  entry: ['src/index.ts', 'src/unpack-worker.ts'].filter((file) => existsSync(file)),
  format: ['esm', 'cjs'],
  target: 'node20.19',
  dts: true,
  clean: true,
  sourcemap: false,
  splitting: true,
  shims: true,
  noExternal: bundled,
  // What is bundled requires Node's modules, which ESM has to be given.
  ...(bundled.length === 0
    ? {}
    : {
        banner: ({ format }) =>
          format === 'esm'
            ? {
                js: "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);",
              }
            : undefined,
        esbuildPlugins: [
          {
            name: 'notices',
            setup(build) {
              build.initialOptions.metafile = true;
              build.onEnd(({ metafile }) => {
                const files = Object.keys(metafile?.inputs ?? {}).map((file) => path.resolve(file));
                const text = thirdPartyNotices('This package contains the following packages.', files);
                mkdirSync('dist', { recursive: true }); // Nothing else has been written yet on the first build.
                writeFileSync(path.join('dist', 'THIRD_PARTY_NOTICES.txt'), text);
              });
            },
          },
        ],
      }),
});

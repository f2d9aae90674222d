// The one build of every published package: ESM and CommonJS beside their declarations, from `src/index.ts`; and where a
// package starts threads, what they run in a file of its own.
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { commonJsDependencies, requireBanner, requireCommonJs } from './scripts/require-commonjs.mjs';
import { bundledDependencies, thirdPartyNotices } from './scripts/third-party-notices.mjs';

const packageDir = process.cwd();
const bundled = [...(bundledDependencies[path.basename(packageDir)] ?? [])];
const required = commonJsDependencies(packageDir).filter((name) => !bundled.includes(name));

// Here and once: the two builds run side by side.
rmSync('dist', { recursive: true, force: true });

const common: Options = {
  entry: ['src/index.ts', 'src/unpack-worker.ts'].filter((file) => existsSync(file)),
  target: 'node20.19',
  clean: false,
  sourcemap: false,
  shims: true,
  noExternal: bundled,
};

export default defineConfig([
  {
    ...common,
    format: 'esm',
    dts: true,
    splitting: true,
    // What is required must reach the plugin.
    noExternal: [...bundled, ...required],
    ...(bundled.length + required.length === 0 ? {} : { banner: { js: requireBanner } }),
    esbuildPlugins: [
      ...(required.length === 0 ? [] : [requireCommonJs(required)]),
      ...(bundled.length === 0 ? [] : [notices()]),
    ],
  },
  { ...common, format: 'cjs', splitting: true },
]);

/** Writes the licences of what the build contains beside it. */
function notices(): NonNullable<Options['esbuildPlugins']>[number] {
  return {
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
  };
}

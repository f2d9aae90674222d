// Source trees built: build.
import type { Definition } from './definition.ts';
import { collect, Option, withIndexOptions } from './options.ts';

export const build: Definition = {
  name: 'build',
  group: 'builds',
  examples: [
    ['ww build', 'build this directory into dist/'],
    ['ww build --wheel services/* -j 4 -o dist', 'several trees in one run'],
  ],
  define(command) {
    command
      .description('build an sdist, and a wheel from that sdist')
      .argument('[source...]', 'source directories, or sdists to build wheels from', ['.'])
      .option('-w, --wheel', 'build only a wheel, directly from the tree')
      .option('-s, --sdist', 'build only an sdist')
      .option('-e, --editable', 'build only an editable wheel')
      .option('--metadata', 'print the core metadata as JSON; build only if nothing states it')
      .option('-o, --out-dir <dir>', 'the directory for artifacts (SOURCE/dist)')
      .option('--no-gitignore', 'do not write a .gitignore into a new output directory')
      .option('-p, --python <python>', 'the interpreter: a path, a name or a version', collect)
      .option('-C, --config-setting <key=value>', 'pass a setting to the backend', collect)
      .option('--config-json <object>', 'pass all settings to the backend, as a JSON object')
      .option('-b, --build-constraint <file>', 'constrain the versions of build requirements', collect)
      .option('-n, --no-isolation', 'do not isolate: run the backend with the interpreter that -p names')
      .option('-x, --skip-dependency-check', 'with --no-isolation: do not check the build requirements')
      .option('--no-build-cache', 'do not read or write the build cache')
      .option('--rebuild', 'build again and cache the result')
      .option('--explain', 'explain why a build is not taken from the build cache')
      .option('--build-timeout <seconds>', 'stop a hook that takes longer')
      .option('--from-tree', 'build requirements that are among the sources from them, in order')
      .option('--fail-fast', 'stop all builds at the first failure')
      .option('-j, --jobs <number>', 'run at most this many hooks at once, over all builds')
      .option('--log-dir <dir>', 'write the output of the backends here, one file per source')
      .option('--report <file>', 'write the result of each build to this file, as JSON')
      .addOption(
        new Option(
          '--strategy <strategy>',
          'build in a private snapshot (default), or in the tree under a lock',
        ).choices(['snapshot', 'in-place']),
      )
      .action(async (sources: string[], options) => (await import('../commands/build.ts')).build(sources, options));
    withIndexOptions(command);
  },
};

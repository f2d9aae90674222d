// Source trees built: build.
import type { Definition } from './definition.ts';
import { collect, Option, withIndexOptions } from './options.ts';

export const build: Definition = {
  name: 'build',
  group: 'builds',
  examples: [
    ['ww build', 'dist/*.tar.gz and dist/*.whl of this directory'],
    ['ww build --wheel services/* -j 4 -o dist', 'many trees in one run'],
  ],
  define(command) {
    command
      .description('build an sdist and the wheel from it; with --wheel the wheel straight from the tree')
      .argument('[source...]', 'directories', ['.'])
      .option('--wheel', 'only a wheel, straight from the tree')
      .option('--sdist', 'only an sdist')
      .option('-o, --out-dir <dir>', 'where artifacts go (SOURCE/dist)')
      .option('-p, --python <python>', 'an interpreter: a path, a name or a version', collect)
      .option('-C, --config-setting <key=value>', 'a setting for the backend', collect)
      .option('-n, --no-isolation', "run the backend in the interpreter's own environment")
      .option('--build-timeout <seconds>', 'end a hook that takes longer')
      .option('-j, --jobs <number>', 'how many hooks run at once, over all builds')
      .option('--log-dir <dir>', 'write what the backends print here, a file per source')
      .option('--report <file>', 'write here as JSON how each build ended')
      .addOption(
        new Option('--strategy <strategy>', 'a private snapshot per build, or the tree itself under a lock')
          .choices(['snapshot', 'in-place'])
          .default('snapshot'),
      )
      .action(async (sources: string[], options) => (await import('../commands/build.ts')).build(sources, options));
    withIndexOptions(command);
  },
};

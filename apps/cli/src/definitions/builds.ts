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
      .argument('[source...]', 'directories, or sdists to make wheels of', ['.'])
      .option('-w, --wheel', 'only a wheel, straight from the tree')
      .option('-s, --sdist', 'only an sdist')
      .option('-e, --editable', 'only an editable wheel, which names the directory')
      .option('--metadata', 'print the metadata as JSON; nothing is built where it is stated')
      .option('-o, --out-dir <dir>', 'where artifacts go (SOURCE/dist)')
      .option('--no-gitignore', 'write no .gitignore into an out directory that is made')
      .option('-p, --python <python>', 'an interpreter: a path, a name or a version', collect)
      .option('-C, --config-setting <key=value>', 'a setting for the backend', collect)
      .option('--config-json <object>', 'all settings for the backend, as a JSON object')
      .option('-b, --build-constraint <file>', 'hold what builds require to these versions', collect)
      .option('-n, --no-isolation', 'run the backend in the environment of the interpreter that is named')
      .option('-x, --skip-dependency-check', 'with --no-isolation: do not look up what the build requires')
      .option('--no-build-cache', 'build again, and keep nothing')
      .option('--rebuild', 'build again, and keep the result')
      .option('--explain', 'say why something is built and not given back from an earlier build')
      .option('--build-timeout <seconds>', 'end a hook that takes longer')
      .option('--from-tree', 'what a build requires that is among the sources is built from them, in order')
      .option('--fail-fast', 'let the first failure stop the other builds')
      .option('-j, --jobs <number>', 'how many hooks run at once, over all builds')
      .option('--log-dir <dir>', 'write what the backends print here, a file per source')
      .option('--report <file>', 'write here as JSON how each build ended')
      .addOption(
        new Option('--strategy <strategy>', 'a private snapshot per build (default), or the tree under a lock').choices(
          ['snapshot', 'in-place'],
        ),
      )
      .action(async (sources: string[], options) => (await import('../commands/build.ts')).build(sources, options));
    withIndexOptions(command);
  },
};

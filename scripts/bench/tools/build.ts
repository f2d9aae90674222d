// build, the reference frontend; it only builds.
import { firstLine, type Surroundings, type Tool } from './tool.ts';

export function findBuild(surroundings: Surroundings): Tool | string {
  const { indexUrl } = surroundings;
  const version = firstLine(['python3', '-m', 'build', '--version'], surroundings);
  if (version === undefined) return 'build is not installed for python3';
  return {
    name: 'build',
    version: version.split(' ')[1] ?? '?',
    ours: false,
    slow: true,
    startUp: () => ({ command: ['python3', '-m', 'build', '--version'] }),
    build: ({ cacheDir }, treeDir, outDir) => ({
      command: ['python3', '-m', 'build', '--wheel', '-o', outDir, treeDir],
      env: { PIP_INDEX_URL: indexUrl, PIP_CACHE_DIR: cacheDir, PIP_DISABLE_PIP_VERSION_CHECK: '1' },
    }),
  };
}

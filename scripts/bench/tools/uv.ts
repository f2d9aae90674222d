// uv, with hard links as it has them by default on this platform, and no configuration but the command line.
import { firstLine, type Surroundings, sourceOptions, type Tool } from './tool.ts';

export function findUv(surroundings: Surroundings): Tool | string {
  const { indexUrl, python } = surroundings;
  const version = firstLine(['uv', '--version'], surroundings);
  if (version === undefined) return 'uv is not installed';
  const env = { UV_NO_CONFIG: '1', UV_PYTHON_DOWNLOADS: 'never' };
  return {
    name: 'uv',
    version: version.split(' ')[1] ?? '?',
    ours: false,
    slow: false,
    startUp: () => ({ command: ['uv', '--version'], env }),
    makeEnvironment: ({ envDir, cacheDir }) => [
      { command: ['uv', 'venv', '-q', '--python', python, '--cache-dir', cacheDir, envDir], env },
    ],
    install({ envDir, cacheDir }, wish) {
      const { all, named = all, upgrade, copy } = wish;
      const options = ['-q', '--python', envDir, '--cache-dir', cacheDir];
      options.push(...sourceOptions(wish, indexUrl, '--default-index'));
      options.push('--link-mode', copy ? 'copy' : 'hardlink', ...(upgrade ? ['-U'] : []));
      return [{ command: ['uv', 'pip', 'install', ...options, ...named], env }];
    },
    uninstall: ({ envDir, cacheDir }, names) => [
      { command: ['uv', 'pip', 'uninstall', '-q', '--python', envDir, '--cache-dir', cacheDir, ...names], env },
    ],
    resolve({ envDir, cacheDir }, requirementsFile, answerFile) {
      const options = ['-q', '--no-header', '--no-annotate', '--python', `${envDir}/bin/python`];
      options.push('--cache-dir', cacheDir, '--default-index', indexUrl, '-o', answerFile);
      return { command: ['uv', 'pip', 'compile', ...options, requirementsFile], env };
    },
    readPins: (answer) => answer.split('\n').filter((line) => line.includes('==')),
    lock({ cacheDir }, requirementsFile, lockPath) {
      const options = ['-q', '--python', python, '--cache-dir', cacheDir, '--default-index', indexUrl];
      options.push('--format', 'pylock.toml', '-o', lockPath);
      return { command: ['uv', 'pip', 'compile', ...options, requirementsFile], env };
    },
    sync: ({ envDir, cacheDir }, { pylock }) => ({
      command: ['uv', 'pip', 'sync', '-q', '--python', envDir, '--cache-dir', cacheDir, pylock],
      env,
    }),
    build({ cacheDir }, treeDir, outDir) {
      const options = ['-q', '--wheel', '--python', python, '-o', outDir];
      return {
        command: ['uv', 'build', ...options, '--cache-dir', cacheDir, '--default-index', indexUrl, treeDir],
        env,
      };
    },
  };
}

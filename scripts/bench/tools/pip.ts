// pip, on its fastest path: it works on an environment from outside, so that none has to be seeded with it, and makes no
// byte-code, as the others make none.
import path from 'node:path';
import { firstLine, pinsOfReport, type Surroundings, sourceOptions, type Tool } from './tool.ts';

export function findPip(surroundings: Surroundings): Tool | string {
  const { indexUrl, python } = surroundings;
  const pip = ['python3', '-m', 'pip'];
  const version = firstLine([...pip, '--version'], surroundings);
  if (version === undefined) return 'pip is not installed for python3';
  const quiet = ['-q', '--disable-pip-version-check'];
  const inside = (envDir: string) => [...pip, '--python', path.join(envDir, 'bin', 'python')];
  return {
    name: 'pip',
    version: version.split(' ')[1] ?? '?',
    ours: false,
    slow: true,
    startUp: () => ({ command: [...pip, '--version'] }),
    makeEnvironment: ({ envDir }) => [{ command: [python, '-m', 'venv', '--without-pip', envDir] }],
    install({ envDir, cacheDir }, wish) {
      const { all, named = all, upgrade } = wish;
      const options = [...quiet, '--no-compile', '--cache-dir', cacheDir, ...sourceOptions(wish, indexUrl)];
      if (upgrade) options.push('-U');
      return [{ command: [...inside(envDir), 'install', ...options, ...named] }];
    },
    uninstall: ({ envDir }, names) => [{ command: [...inside(envDir), 'uninstall', ...quiet, '-y', ...names] }],
    resolve({ envDir, cacheDir }, requirementsFile, answerFile) {
      const options = [...quiet, '--cache-dir', cacheDir, '-i', indexUrl, '--dry-run', '--report', answerFile];
      return { command: [...inside(envDir), 'install', ...options, '-r', requirementsFile] };
    },
    readPins: pinsOfReport,
    sync({ envDir, cacheDir }, { pins }) {
      const options = [...quiet, '--no-compile', '--no-deps', '--require-hashes', '--only-binary', ':all:'];
      options.push('--cache-dir', cacheDir, '-i', indexUrl);
      return { command: [...inside(envDir), 'install', ...options, '-r', pins] };
    },
    build({ cacheDir }, treeDir, outDir) {
      const options = [...quiet, '--no-deps', '--cache-dir', cacheDir, '-i', indexUrl, '-w', outDir];
      return { command: [...pip, 'wheel', ...options, treeDir] };
    },
  };
}

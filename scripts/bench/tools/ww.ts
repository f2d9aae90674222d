// Ours, as it is installed: Node and the bundled command.
import path from 'node:path';
import { firstLine, pinsOfReport, type Surroundings, sourceOptions, type Tool } from './tool.ts';

/** The command line that starts ours. */
export function wwCommand(rootDir: string): readonly string[] {
  return [process.execPath, path.join(rootDir, 'apps', 'cli', 'bin', 'ww.js')];
}

/** Ours with the layout; for others an installation into a fresh environment is two commands, as it is for uv. */
export function findWw(surroundings: Surroundings, layout: 'own' | 'shared' = 'own'): Tool | string {
  const { rootDir, indexUrl, python } = surroundings;
  const ww = wwCommand(rootDir);
  const version = firstLine([...ww, '--version'], surroundings);
  if (version === undefined) return 'ww does not run: `npm run setup` first';
  const layoutOptions = layout === 'own' ? [] : ['--layout', layout];
  return {
    name: layout === 'own' ? 'ww' : `ww, ${layout}`,
    version,
    ours: true,
    slow: false,
    startUp: () => ({ command: [...ww, '--version'] }),
    makeEnvironment: ({ envDir, cacheDir }) => [
      { command: [...ww, 'venv', '-q', ...layoutOptions, '-p', python, '--store', cacheDir, envDir] },
    ],
    install({ envDir, cacheDir }, wish) {
      const { all, named = all, upgrade } = wish;
      const options = ['-q', '-p', envDir, '--store', cacheDir, ...sourceOptions(wish, indexUrl)];
      if (upgrade) options.push('-U');
      return [{ command: [...ww, 'install', ...options, ...named] }];
    },
    uninstall: ({ envDir, cacheDir }, names) => [
      { command: [...ww, 'uninstall', '-q', '-p', envDir, '--store', cacheDir, ...names] },
    ],
    resolve({ envDir, cacheDir }, requirementsFile, answerFile) {
      const options = ['-q', '-p', envDir, '--store', cacheDir, '-i', indexUrl, '--report', answerFile];
      return { command: [...ww, 'install', '--dry-run', ...options, '-r', requirementsFile] };
    },
    readPins: pinsOfReport,
    lock({ cacheDir }, requirementsFile, lockPath) {
      const options = ['-q', '-p', python, '--store', cacheDir, '-i', indexUrl, '-o', lockPath];
      return { command: [...ww, 'lock', ...options, '-r', requirementsFile] };
    },
    sync: ({ envDir, cacheDir }, { pylock }) => ({
      command: [...ww, 'sync', '-q', '-p', envDir, '--store', cacheDir, pylock],
    }),
    build({ cacheDir }, treeDir, outDir) {
      const options = ['-q', '--wheel', '-p', python, '-o', outDir, '--store', cacheDir, '-i', indexUrl];
      return { command: [...ww, 'build', ...options, treeDir] };
    },
  };
}

/** The same environment made and filled by one command. */
export function inOneCommand(tool: Tool, { rootDir, indexUrl, python }: Surroundings): Tool {
  return {
    name: `${tool.name}, one command`,
    version: tool.version,
    ours: true,
    slow: false,
    startUp: tool.startUp,
    install({ envDir, cacheDir }, wish) {
      if (wish.folder !== undefined) return [];
      const options = ['-q', '-p', python, '--store', cacheDir, ...sourceOptions(wish, indexUrl)];
      const wishes = wish.all.flatMap((requirement) => ['--with', requirement]);
      return [{ command: [...wwCommand(rootDir), 'venv', ...options, ...wishes, envDir] }];
    },
  };
}

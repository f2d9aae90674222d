// What an ordinary venv consists of: real directories, as `python -m venv` makes them. Changed in place, each change one
// journaled transaction of the installer.
import { activateScripts, defaultPrompt } from './activate-scripts.ts';
import { type EnvironmentImageOptions, type ImageEntry, interpreterLinks, pyvenvCfg } from './environment-image.ts';

/** The image of an empty venv that will lie at `dir`; paths are relative to it, parents first. */
export function plainImage(
  dir: string,
  options: Pick<EnvironmentImageOptions, 'interpreter' | 'prompt' | 'systemSitePackages'>,
): readonly ImageEntry[] {
  const { interpreter, prompt } = options;
  const directories = ['bin', 'lib', `lib/${interpreter.libDirName}`, `lib/${interpreter.libDirName}/site-packages`];
  return [
    ...[...directories, 'include'].map((path) => ({ kind: 'directory' as const, path })),
    // Interpreters of some systems look for platlib in lib64.
    { kind: 'link', path: 'lib64', target: 'lib' },
    ...interpreterLinks(interpreter).map(({ name, target }) => ({
      kind: 'link' as const,
      path: `bin/${name}`,
      target,
    })),
    ...activateScripts(dir, prompt ?? defaultPrompt(dir)).map(({ name, data }) => ({
      kind: 'file' as const,
      path: `bin/${name}`,
      data,
    })),
    { kind: 'file', path: '.lock', data: '' },
    { kind: 'file', path: '.gitignore', data: '# Made by wheelwright.\n*\n' },
    { kind: 'file', path: 'pyvenv.cfg', data: pyvenvCfg(options) },
  ];
}

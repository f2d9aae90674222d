// pnpm, which installs what a project asks for into the project's `.venv`: its command line is always the same, and the
// wish is written into the project before the clock runs.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { firstLine, type Place, type Surroundings, type Tool, type Wish } from './tool.ts';

/** The first version that installs Python packages. */
const needed = [12, 4] as const;

export function findPnpm(surroundings: Surroundings): Tool | string {
  const version = firstLine(['pnpm', '--version'], surroundings);
  if (version === undefined) return 'pnpm is not installed';
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major < needed[0] || (major === needed[0] && minor < needed[1]))
    return `pnpm ${version} does not install Python packages (${needed.join('.')} and newer do)`;
  const install = ({ dir }: Place) => [{ command: ['pnpm', 'install', '--no-frozen-lockfile'], cwd: dir }];
  return {
    name: 'pnpm',
    version,
    ours: false,
    slow: true,
    startUp: () => ({ command: ['pnpm', '--version'] }),
    prepare: (place, wish) => writeProject(surroundings, place, wish),
    makeEnvironment: () => [],
    install,
    uninstall: install,
  };
}

function writeProject({ indexUrl, python }: Surroundings, { dir, cacheDir, envDir }: Place, { all }: Wish): void {
  const settings = [
    `python:\n  enabled: true\n  executable: ${python}`,
    `registries:\n  ${indexUrl.replace(/\/*$/, '/')}:\n    ecosystem: pypi`,
    `storeDir: ${path.join(cacheDir, 'store')}`,
    `cacheDir: ${path.join(cacheDir, 'cache')}`,
  ];
  const project = `[project]\nname = "bench"\nversion = "1.0"\ndependencies = ${JSON.stringify(all)}\n`;
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, 'pnpm-workspace.yaml'), `${settings.join('\n')}\n`);
  writeFileSync(path.join(dir, 'package.json'), '{ "name": "bench", "private": true }\n');
  writeFileSync(path.join(dir, 'pyproject.toml'), project);
  if (!existsSync(path.join(dir, '.venv')) && path.dirname(envDir) === dir) symlinkSync('.venv', envDir);
}

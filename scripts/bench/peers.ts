// The tools that are compared, each as the command lines it takes for the same job. What is not installed is named and
// left out.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

/** Where one run of a job works: everything in `dir` belongs to it. */
export interface Workplace {
  readonly dir: string;
  readonly indexUrl: string;
  readonly requirements: readonly string[];
  readonly treeDir: string;
  readonly python: string;
}

/** One step of a job; steps that only prepare are not timed. */
export interface Step {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly timed: boolean;
}

/** A tool and its command lines; a job that it does not do is absent. */
export interface Peer {
  readonly name: string;
  readonly version: string;
  readonly startUp?: () => Step[];
  /** Into `dir/env`, with the cache in `dir/../cache-<name>` or, cold, in `dir/cache`. */
  readonly install?: (place: Workplace, cacheDir: string) => Step[];
  /** One wheel of `treeDir` into `dir/out`. */
  readonly build?: (place: Workplace, cacheDir: string) => Step[];
}

/** Every peer that runs here, ours first, and a sentence for each that does not. */
export function findPeers(root: string): { peers: Peer[]; absent: string[] } {
  const ww = [process.execPath, path.join(root, 'apps', 'cli', 'bin', 'ww.js')];
  const found: Peer[] = [
    {
      name: 'ww',
      version: firstLine([...ww, '--version']) ?? '?',
      startUp: () => [timed([...ww, '--version'])],
      install: ({ dir, indexUrl, requirements, python }, cacheDir) => [
        timed([...ww, 'venv', path.join(dir, 'env'), '-p', python, '--store', cacheDir, '-q']),
        timed([
          ...ww,
          'install',
          '-p',
          path.join(dir, 'env'),
          '--store',
          cacheDir,
          '-i',
          indexUrl,
          '-q',
          ...requirements,
        ]),
      ],
      build: ({ dir, indexUrl, treeDir, python }, cacheDir) => [
        timed([
          ...ww,
          'build',
          '--wheel',
          '-p',
          python,
          '-o',
          path.join(dir, 'out'),
          '--store',
          cacheDir,
          '-i',
          indexUrl,
          '-q',
          treeDir,
        ]),
      ],
    },
  ];
  const absent: string[] = [];
  const uv = firstLine(['uv', '--version']);
  if (uv === undefined) absent.push('uv is not installed');
  else
    found.push({
      name: 'uv',
      version: uv.replace(/^uv /, '').replace(/ .*/, ''),
      startUp: () => [timed(['uv', '--version'])],
      install: ({ dir, indexUrl, requirements, python }, cacheDir) => [
        timed(['uv', 'venv', '-q', '--python', python, path.join(dir, 'env')]),
        timed([
          'uv',
          'pip',
          'install',
          '-q',
          '--link-mode',
          'hardlink',
          '--python',
          path.join(dir, 'env'),
          '--cache-dir',
          cacheDir,
          '--default-index',
          indexUrl,
          ...requirements,
        ]),
      ],
      build: ({ dir, indexUrl, treeDir, python }, cacheDir) => [
        timed([
          'uv',
          'build',
          '-q',
          '--wheel',
          '--python',
          python,
          '-o',
          path.join(dir, 'out'),
          '--cache-dir',
          cacheDir,
          '--default-index',
          indexUrl,
          treeDir,
        ]),
      ],
    });
  const pip = firstLine(['python3', '-m', 'pip', '--version']);
  if (pip === undefined) absent.push('pip is not installed for python3');
  else
    found.push({
      name: 'pip',
      version: pip.split(' ')[1] ?? '?',
      startUp: () => [timed(['python3', '-m', 'pip', '--version'])],
      install: ({ dir, indexUrl, requirements, python }, cacheDir) => [
        timed([python, '-m', 'venv', path.join(dir, 'env')]),
        timed([
          path.join(dir, 'env', 'bin', 'python'),
          '-m',
          'pip',
          'install',
          '-q',
          '--disable-pip-version-check',
          '--cache-dir',
          cacheDir,
          '-i',
          indexUrl,
          ...requirements,
        ]),
      ],
      build: ({ dir, indexUrl, treeDir }, cacheDir) => [
        timed([
          'python3',
          '-m',
          'pip',
          'wheel',
          '-q',
          '--no-deps',
          '--disable-pip-version-check',
          '--cache-dir',
          cacheDir,
          '-i',
          indexUrl,
          '-w',
          path.join(dir, 'out'),
          treeDir,
        ]),
      ],
    });
  const build = firstLine(['python3', '-m', 'build', '--version']);
  if (build === undefined) absent.push('build is not installed for python3');
  else
    found.push({
      name: 'build',
      version: build.split(' ')[1] ?? '?',
      startUp: () => [timed(['python3', '-m', 'build', '--version'])],
      build: ({ dir, indexUrl, treeDir }, cacheDir) => [
        {
          ...timed(['python3', '-m', 'build', '--wheel', '-o', path.join(dir, 'out'), treeDir]),
          env: { PIP_INDEX_URL: indexUrl, PIP_CACHE_DIR: cacheDir },
        },
      ],
    });
  const pnpm = firstLine(['pnpm', '--version']);
  if (pnpm === undefined) absent.push('pnpm is not installed');
  else if (Number(pnpm.split('.')[0]) < 12)
    absent.push(`pnpm ${pnpm} does not install Python packages (12.4 and newer do)`);
  else found.push({ name: 'pnpm', version: pnpm, startUp: () => [timed(['pnpm', '--version'])] });
  found.push({
    name: 'node -e 0',
    version: process.versions.node,
    startUp: () => [timed([process.execPath, '-e', '0'])],
  });
  return { peers: found, absent };
}

function timed(command: readonly string[]): Step {
  return { command, timed: true };
}

function firstLine(command: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync(command[0] as string, command.slice(1), { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}

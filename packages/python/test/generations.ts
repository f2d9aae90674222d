// Environments with several generations, as an installer would leave them, and real interpreters started in them.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { switchPointer } from '@wheelwright/atomic-fs';
import {
  createEnvironment,
  environmentPaths,
  generationTarget,
  type Interpreter,
  type ScriptTarget,
  scriptStub,
  supportFiles,
} from '../src/index.ts';

export interface GenerationFiles {
  /** Relative to site-packages. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  readonly scripts?: readonly ScriptTarget[] | undefined;
}

export type Layout = 'own' | 'shared';

/**
 * An environment at `dir` whose generations 1, 2, … hold what is given; the first is the current one. In the layout
 * `shared` the library directory of each is a link to one beside the environment.
 */
export async function makeEnvironment(
  dir: string,
  interpreter: Interpreter,
  generations: readonly GenerationFiles[],
  layout: Layout = 'own',
): Promise<void> {
  await createEnvironment(dir, { interpreter, layout: 'own' });
  const { generations: generationsDir } = environmentPaths(dir);
  const first = path.join(generationsDir, '1');
  for (const at of generations.keys()) {
    if (at > 0) cpSync(first, path.join(generationsDir, String(at + 1)), { recursive: true, verbatimSymlinks: true });
  }
  for (const [at, { files = {}, scripts = [] }] of generations.entries()) {
    const generationDir = path.join(generationsDir, String(at + 1));
    const support = Object.fromEntries(supportFiles(scripts).map(({ path, data }) => [path, data]));
    for (const [name, text] of Object.entries({ ...support, ...files })) {
      const file = path.join(generationDir, interpreter.purelib, name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    for (const { name } of scripts) {
      writeFileSync(path.join(generationDir, 'bin', name), scriptStub(dir, name), { mode: 0o755 });
    }
    if (layout === 'shared') {
      const sharedDir = path.join(`${dir}-shared`, String(at + 1));
      mkdirSync(sharedDir, { recursive: true });
      renameSync(path.join(generationDir, 'lib'), path.join(sharedDir, 'lib'));
      symlinkSync(path.join(sharedDir, 'lib'), path.join(generationDir, 'lib'));
    }
  }
}

/** Makes generation `number` the current one, as an installer's commit does. */
export function switchTo(dir: string, number: number): void {
  switchPointer(environmentPaths(dir).current, generationTarget(number));
}

/** The site-packages of a generation by its real path. */
export function realSitePackages(dir: string, number: number, interpreter: Interpreter): string {
  return realpathSync(path.join(environmentPaths(dir).generations, String(number), interpreter.purelib));
}

/** The variables of the test without those that change how Python starts. */
export function plainVariables(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(PYTHON|PIP_|VIRTUAL_ENV)/.test(name)));
}

/** What the environment's python prints for `code`. */
export function runIn(dir: string, code: string, words: readonly string[] = []): string {
  return execFileSync(path.join(dir, 'bin', 'python'), [...words, '-c', code], {
    encoding: 'utf8',
    env: plainVariables(),
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trimEnd();
}

/** The same, read as JSON. */
export function askIn<T>(dir: string, code: string, words: readonly string[] = []): T {
  return JSON.parse(runIn(dir, code, words)) as T;
}

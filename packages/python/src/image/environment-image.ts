// Everything that a new environment of ours consists of, as a list: pure, so that what is made and what is tested is
// the same. The order is the order of making: parents first.
import path from 'node:path';
import {
  environmentFormat,
  generationTarget,
  placeholderName,
  rootName,
  stableLinks,
  stableLinkTarget,
} from '../environment/environment-paths.ts';
import {
  committedFileName,
  formatGeneration,
  generationFileName,
  generationFormat,
  type SharedReference,
} from '../environment/generation.ts';
import { pipGuard, pipGuardName } from '../environment/pip-guard.ts';
import type { Interpreter } from '../interpreter/interpreter.ts';
import { formatPyvenvCfg } from '../interpreter/pyvenv-cfg.ts';
import { activateScripts, defaultPrompt } from './activate-scripts.ts';
import { supportFiles, supportHashes } from './support-files.ts';

/** One entry of an image: `path` is relative with `/`, `mode` defaults to 0o644 less the umask. */
export type ImageEntry =
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string; readonly data: string; readonly mode?: number | undefined }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** What an image needs to know of its interpreter; it names `executable` where there is no `namedExecutable`. */
export type ImageInterpreter = Pick<Interpreter, 'executable' | 'libDirName' | 'markers' | 'version'> &
  Partial<Pick<Interpreter, 'namedExecutable'>>;

export interface EnvironmentImageOptions {
  readonly interpreter: ImageInterpreter;
  readonly prompt?: string | undefined;
  readonly systemSitePackages: boolean;
  /** For the layout `shared`: the Python that shared generations are made for. */
  readonly shared?: SharedReference | undefined;
  /** ISO 8601, UTC. */
  readonly created: string;
  readonly command: string;
}

/** The image of an empty environment that will lie at `dir`; paths are relative to it. */
export function environmentImage(dir: string, options: EnvironmentImageOptions): readonly ImageEntry[] {
  const generation = `${rootName}/${generationTarget(1)}`;
  return [
    { kind: 'directory', path: rootName },
    { kind: 'directory', path: `${rootName}/generations` },
    { kind: 'directory', path: generation },
    ...firstGeneration(dir, options).map((entry) => ({ ...entry, path: `${generation}/${entry.path}` })),
    { kind: 'file', path: `${rootName}/format`, data: `${environmentFormat}\n` },
    { kind: 'link', path: `${rootName}/current`, target: generationTarget(1) },
    ...[...stableLinks, ...(options.shared === undefined ? [] : [pipGuardName])].map((name) => ({
      kind: 'link' as const,
      path: name,
      target: stableLinkTarget(name),
    })),
    { kind: 'file', path: '.lock', data: '' },
    { kind: 'file', path: '.gitignore', data: '# Made by wheelwright.\n*\n' },
    { kind: 'file', path: 'pyvenv.cfg', data: pyvenvCfg(options) },
  ];
}

function firstGeneration(dir: string, options: EnvironmentImageOptions): ImageEntry[] {
  const { libDirName } = options.interpreter;
  const sitePackages = `lib/${libDirName}/site-packages`;
  const support = supportFiles([]);
  const generation = {
    format: generationFormat,
    number: 1,
    created: options.created,
    command: options.command,
    distributions: [],
    support: supportHashes(support),
    kept: [],
    shared: options.shared,
  };
  return [
    ...['bin', 'lib', `lib/${libDirName}`, sitePackages, 'include', 'share', 'etc'].map((name) => ({
      kind: 'directory' as const,
      path: name,
    })),
    ...['include', 'share', 'etc'].map((name) => ({
      kind: 'file' as const,
      path: `${name}/${placeholderName}`,
      data: '',
    })),
    // Interpreters of some systems look for platlib in lib64.
    { kind: 'link', path: 'lib64', target: 'lib' },
    ...interpreterLinks(options.interpreter).map(({ name, target }) => ({
      kind: 'link' as const,
      path: `bin/${name}`,
      target,
    })),
    ...activateScripts(dir, options.prompt ?? defaultPrompt(dir)).map(({ name, data }) => ({
      kind: 'file' as const,
      path: `bin/${name}`,
      data,
    })),
    ...support.map((file) => ({ kind: 'file' as const, path: `${sitePackages}/${file.path}`, data: file.data })),
    ...(options.shared === undefined ? [] : [{ kind: 'file' as const, path: pipGuardName, data: pipGuard }]),
    { kind: 'file', path: generationFileName, data: formatGeneration(generation) },
    { kind: 'file', path: committedFileName, data: '' },
  ];
}

/** `python` leads to the interpreter, its other names lead to `python`, as venv has it. */
export function interpreterLinks({ executable, namedExecutable = executable, version }: ImageInterpreter): {
  name: string;
  target: string;
}[] {
  const others = new Set(['python3', `python${version[0]}.${version[1]}`, path.basename(executable)]);
  others.delete('python');
  return [{ name: 'python', target: namedExecutable }, ...[...others].map((name) => ({ name, target: 'python' }))];
}

/** The text of `pyvenv.cfg`. */
export function pyvenvCfg({
  interpreter,
  prompt,
  systemSitePackages,
  ours = true,
}: Pick<EnvironmentImageOptions, 'prompt' | 'systemSitePackages'> & {
  readonly interpreter: Omit<ImageInterpreter, 'libDirName'>;
  /** False: for an environment that others made. */
  readonly ours?: boolean | undefined;
}): string {
  return formatPyvenvCfg({
    home: path.dirname(interpreter.namedExecutable ?? interpreter.executable),
    implementation: interpreter.markers.platform_python_implementation,
    'include-system-site-packages': String(systemSitePackages),
    version: interpreter.version.join('.'),
    // Not the real file: behind a link of its directory another one may lie tomorrow.
    executable: interpreter.namedExecutable ?? interpreter.executable,
    ...(prompt === undefined ? {} : { prompt }),
    ...(ours ? { wheelwright: String(environmentFormat) } : {}),
  });
}

// What has to lie where a part of an environment is lost, for the parts that need an interpreter to be told.
import { type ImageEntry, type ImageFault, type Makeup, pyvenvCfg } from '@wheelwright/python';
import type { RestoreContext, RestoreInterpreter } from './restore-context.ts';

/** The entry that puts `fault` right; undefined where nothing tells it. */
export function restoredEntry(fault: ImageFault, makeup: Makeup, context: RestoreContext): ImageEntry | undefined {
  const { path, entry } = fault;
  if (entry !== undefined) return entry;
  const interpreter = fitting(makeup, context);
  if (interpreter === undefined) return undefined;
  if (path === 'bin/python') return { kind: 'link', path, target: interpreter.executable };
  if (path === 'pyvenv.cfg') return { kind: 'file', path, data: cfgText(makeup, interpreter, context) };
  return undefined;
}

function cfgText(makeup: Makeup, interpreter: RestoreInterpreter, { notes }: RestoreContext): string {
  const { ours, prompt, systemSitePackages = false } = makeup;
  if (makeup.systemSitePackages === undefined)
    notes.push('pyvenv.cfg is written without system site-packages: whether they were seen, nothing says');
  return pyvenvCfg({ interpreter, prompt, systemSitePackages, ours });
}

/** One of another version would find none of the packages. */
function fitting(makeup: Makeup, { interpreter, notes }: RestoreContext): RestoreInterpreter | undefined {
  if (interpreter === undefined || interpreter.libDirName !== makeup.libDirName) return undefined;
  const note = `nothing leads to the interpreter any more: ${interpreter.executable} is taken, which has its version`;
  if (makeup.executable === undefined && !notes.includes(note)) notes.push(note);
  return interpreter;
}

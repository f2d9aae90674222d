// The entry that replaces a lost part of an environment; some parts follow only from the interpreter.
import { type ImageEntry, type ImageFault, type Makeup, pyvenvCfg } from '@wheelwright/python';
import type { RestoreContext, RestoreInterpreter } from './restore-context.ts';

/** The entry that repairs `fault`; undefined where nothing says what it was. */
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
    notes.push('nothing says whether system site-packages were visible: pyvenv.cfg is written without them');
  return pyvenvCfg({ interpreter, prompt, systemSitePackages, ours });
}

/** The interpreter, where it has the version of the environment: another version would find none of the packages. */
function fitting(makeup: Makeup, { interpreter, notes }: RestoreContext): RestoreInterpreter | undefined {
  if (interpreter === undefined || interpreter.libDirName !== makeup.libDirName) return undefined;
  const note = `nothing names the interpreter any more: ${interpreter.executable} is used, which has its version`;
  if (makeup.executable === undefined && !notes.includes(note)) notes.push(note);
  return interpreter;
}

// The commands that a wheel declares by entry points.
import { scriptFileName } from '@wheelwright/packaging';
import { InstallError } from '../model/install-error.ts';
import type { WheelEntryPoint } from '../model/wheel-tree.ts';

/** A command to make: a file in the scripts directory that calls `attribute` of `module`. */
export interface PlannedScript {
  readonly name: string;
  readonly module: string;
  readonly attribute: string;
  readonly gui: boolean;
}

const dotted = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/**
 * The console and gui scripts of the distribution `owner`; of two with one name the gui script, as pip and uv do it. Throws
 * INSTALL_BAD_SCRIPT for an invalid name or target.
 */
export function plannedScripts(owner: string, entryPoints: readonly WheelEntryPoint[]): PlannedScript[] {
  const scripts = new Map<string, PlannedScript>();
  for (const group of ['console_scripts', 'gui_scripts']) {
    for (const { group: found, name, module, attribute } of entryPoints) {
      if (found !== group) continue;
      const file = scriptFileName(name);
      if (file === undefined || (process.platform === 'win32' && file.includes('\\'))) refuse(owner, name, 'its name');
      if (!dotted.test(module) || !dotted.test(attribute)) refuse(owner, name, 'what it calls');
      scripts.set(file, { name: file, module, attribute, gui: group === 'gui_scripts' });
    }
  }
  return [...scripts.values()];
}

/**
 * The command that the script file `path` starts: its own name, or that of the command that setuptools made `x.exe`,
 * `x-script.py` or `x.pya` for.
 */
export function startedCommand(path: string): string {
  return path.replace(/(?:\.exe|-script\.py|\.pya)$/i, '');
}

/** Equal for scripts that are the same command. */
export function scriptIdentity(script: PlannedScript): string {
  return `script ${script.module}:${script.attribute}`;
}

/** The path, relative to site-packages, of the Python body of a file of `.data/scripts`; its script is a stub. */
export function scriptBody(distInfoDir: string, name: string): string {
  return `${distInfoDir}/scripts/${name}`;
}

function refuse(owner: string, name: string, what: string): never {
  throw new InstallError(
    'INSTALL_BAD_SCRIPT',
    `${owner} declares the script ${JSON.stringify(name)}: ${what} is invalid.`,
    {
      hint: 'A script needs a file name and a target of the form module:function.',
      data: { name: owner, script: name },
    },
  );
}

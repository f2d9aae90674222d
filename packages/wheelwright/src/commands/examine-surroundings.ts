// What can be wrong around an environment: the store, the file systems, what is missing on the machine, what the
// process's variables do. Reads; an absent store is not made.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { listNames } from '@wheelwright/atomic-fs';
import { isCodedError, listed } from '@wheelwright/errors';
import { readInstalledState } from '@wheelwright/installer';
import type { Environment } from '@wheelwright/python';
import { nativeCallsAvailable } from '@wheelwright/syscalls';
import type { Settings } from '../tool/settings.ts';
import type { Tool } from '../tool/tool.ts';
import { hintOf } from '../tool/way-out.ts';
import type { Finding } from './finding.ts';

/** The store can be trusted, and what the environment was linked from is as it was. */
export async function examineStore(tool: Tool, environment: Environment | undefined): Promise<Finding[]> {
  const { storeDir, storeOrigin } = tool.settings;
  if (storeOrigin === 'run') {
    const text = 'HOME names no directory, so no store is kept: each run fetches what it installs.';
    const proposal = 'Set HOME, or name a store with --store or WHEELWRIGHT_STORE.';
    return [{ kind: 'no-store', severity: 'note', text, proposal }];
  }
  if (!existsSync(storeDir)) return [];
  try {
    const store = await tool.store();
    if ((await tool.storeDir()) !== storeDir) {
      const text = `The store ${storeDir} cannot be used, so no store is kept: each run fetches what it installs.`;
      const proposal = 'Give the directory to the user who runs ww, or name another with --store or WHEELWRIGHT_STORE.';
      return [{ kind: 'no-store', severity: 'problem', text, proposal }];
    }
    const wheels = environment === undefined ? [] : readInstalledState(environment.dir).distributions;
    const damaged = wheels.flatMap(({ wheelSha256 }) => {
      const wheel = wheelSha256 === undefined ? undefined : store.findWheel(wheelSha256);
      return wheel === undefined || store.checkWheel(wheel).length === 0 ? [] : [wheel.filename];
    });
    if (damaged.length === 0) return [];
    const text = `Files of ${listed(damaged)} in the store ${storeDir} were edited or removed.`;
    const proposal =
      'Run `ww cache verify`, so that they are filled again, and `ww repair` in environments that share them.';
    return [{ kind: 'store-damaged', severity: 'problem', text, proposal }];
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const kind = error.code === 'STORE_UNSAFE' ? 'store-unsafe' : 'store-damaged';
    const proposal = hintOf(error) ?? `Name another store with --store, or remove ${storeDir}.`;
    return [{ kind, severity: 'problem', text: error.message, proposal }];
  }
}

/** Files can be linked from the store instead of being copied. */
export function examineLinks({ storeDir }: Settings, { dir }: Environment): Finding[] {
  if (!existsSync(storeDir)) return [];
  const [store, place] = [statSync(storeDir), statSync(dir)];
  const note = (text: string, proposal: string): Finding[] => [
    { kind: 'no-hard-links', severity: 'note', text, proposal },
  ];
  if (store.dev !== place.dev) {
    const text = `${dir} and the store ${storeDir} lie on different file systems: files are copied, not linked.`;
    return note(
      text,
      'Name a store on the same one with --store or WHEELWRIGHT_STORE; or take `ww venv --layout shared`.',
    );
  }
  const user = process.geteuid?.();
  if (user === undefined || user === 0 || store.uid === user) return [];
  const text = `The store ${storeDir} is another user's: where the kernel protects hard links, files are copied.`;
  return note(text, 'Name a store of your own with --store or WHEELWRIGHT_STORE.');
}

/** The system's calls are reached without helper processes. */
export function examineNativeCalls(): Finding[] {
  if (nativeCallsAvailable()) return [];
  const text =
    'koffi is not installed for this Node: locks are taken by helper processes, and links are made one by one.';
  return [
    {
      kind: 'no-native-calls',
      severity: 'note',
      text,
      proposal: 'Install it beside wheelwright: `npm install koffi`.',
    },
  ];
}

/** What the variables of this process do to Python. */
export function examineVariables({ variables }: Settings, { sitePackages }: Environment): Finding[] {
  const findings: Finding[] = [];
  if (variables.PYTHONDONTWRITEBYTECODE && !hasBytecode(sitePackages)) {
    const text =
      'PYTHONDONTWRITEBYTECODE is set and nothing here is byte-compiled: every start compiles what it imports.';
    const proposal = 'Install with --compile, or unset it.';
    findings.push({ kind: 'byte-code', severity: 'note', text, proposal });
  }
  for (const name of ['PYTHONPATH', 'PYTHONHOME']) {
    if (!variables[name]) continue;
    const text = `${name} is set to ${variables[name]}: what is imported may come from there.`;
    findings.push({ kind: 'python-path', severity: 'note', text, proposal: `Unset ${name}, or start Python with -E.` });
  }
  return findings;
}

/** Whether some package has byte-code; true where there is nothing to compile. */
function hasBytecode(sitePackages: string): boolean {
  const packages = listNames(sitePackages).filter((name) => existsSync(path.join(sitePackages, name, '__init__.py')));
  return packages.length === 0 || packages.some((name) => existsSync(path.join(sitePackages, name, '__pycache__')));
}

// The examinations of `doctor` that concern the surroundings: the store, the file systems, missing programs, environment
// variables. They read only, and do not create a missing store.
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
import { isShared, remake } from './examine-environment.ts';
import type { CommandLine, Finding } from './finding.ts';

/** Examines whether the store is safe, and whether the wheels that the environment is linked from are unmodified. */
export async function examineStore(
  tool: Tool,
  environment: Environment | undefined,
  line: CommandLine,
): Promise<Finding[]> {
  const { storeDir, storeOrigin } = tool.settings;
  if (storeOrigin === 'run') {
    const text = 'HOME names no directory, so there is no permanent store: each run downloads its packages again.';
    const proposal = 'Set HOME, or name a store with --store or WHEELWRIGHT_STORE.';
    return [{ kind: 'no-store', severity: 'note', text, proposal }];
  }
  if (!existsSync(storeDir)) return [];
  try {
    const store = await tool.store();
    if ((await tool.storeDir()) !== storeDir) {
      const text = `The store ${storeDir} cannot be used, so there is no permanent store: each run downloads its packages again.`;
      const proposal =
        'Change the owner of the directory to the user who runs ww, or name another with --store or WHEELWRIGHT_STORE.';
      return [{ kind: 'no-store', severity: 'problem', text, proposal }];
    }
    const wheels = environment === undefined ? [] : readInstalledState(environment.dir).distributions;
    const damaged = wheels.flatMap(({ wheelSha256 }) => {
      const wheel = wheelSha256 === undefined ? undefined : store.findWheel(wheelSha256);
      return wheel === undefined || store.checkWheel(wheel).length === 0 ? [] : [wheel.filename];
    });
    if (damaged.length === 0) return [];
    const text = `Files of ${listed(damaged)} in the store ${storeDir} were edited or removed.`;
    const proposal = `Run \`ww cache verify\`, which removes them from the store, and ${line('repair')} in environments that link to them.`;
    return [{ kind: 'store-damaged', severity: 'problem', text, proposal }];
  } catch (error) {
    if (!isCodedError(error)) throw error;
    const kind = error.code === 'STORE_UNSAFE' ? 'store-unsafe' : 'store-damaged';
    const proposal = hintOf(error) ?? `Name another store with --store, or remove ${storeDir}.`;
    return [{ kind, severity: 'problem', text: error.message, proposal }];
  }
}

/**
 * Examines whether the packages of the environment are linked from the store. An environment of layout shared has them
 * in the data directory, so its own file system does not matter.
 */
export function examineLinks({ storeDir, dataDir }: Settings, { dir, interpreterExecutable }: Environment): Finding[] {
  const packagesDir = isShared(dir) ? dataDir : dir;
  if (packagesDir === undefined || !existsSync(storeDir) || !existsSync(packagesDir)) return [];
  const [store, packages] = [statSync(storeDir), statSync(packagesDir)];
  const note = (text: string, proposal: string): Finding[] => [
    { kind: 'no-hard-links', severity: 'note', text, proposal },
  ];
  if (store.dev !== packages.dev) {
    const text = `${packagesDir} and the store ${storeDir} are on different file systems, so files are copied and not linked.`;
    const nameStore = 'Name a store on the same file system with --store or WHEELWRIGHT_STORE';
    return packagesDir === dir
      ? note(
          text,
          `${nameStore}, or share its packages with other environments. ${remake(dir, interpreterExecutable, 'shared')}`,
        )
      : note(text, `${nameStore}, or a data directory there with WHEELWRIGHT_DATA.`);
  }
  const user = process.geteuid?.();
  if (user === undefined || user === 0 || store.uid === user) return [];
  const text = `The store ${storeDir} belongs to another user. If the kernel protects hard links, files are copied and not linked.`;
  return note(text, 'Name a store of your own with --store or WHEELWRIGHT_STORE.');
}

/** Examines whether native calls are available. */
export function examineNativeCalls(): Finding[] {
  if (nativeCallsAvailable()) return [];
  const text =
    'koffi is not installed for this Node, so helper processes take the locks, and links are made one by one.';
  return [
    {
      kind: 'no-native-calls',
      severity: 'note',
      text,
      proposal: 'Install it beside wheelwright: `npm install koffi`.',
    },
  ];
}

/** Examines variables that affect Python. */
export function examineVariables({ variables }: Settings, { sitePackages }: Environment): Finding[] {
  const findings: Finding[] = [];
  if (variables.PYTHONDONTWRITEBYTECODE && !hasBytecode(sitePackages)) {
    const text =
      'PYTHONDONTWRITEBYTECODE is set and the environment has no byte-code, so every start of Python compiles what it imports.';
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

/** Whether some package has byte-code; true if there is nothing to compile. */
function hasBytecode(sitePackages: string): boolean {
  const packages = listNames(sitePackages).filter((name) => existsSync(path.join(sitePackages, name, '__init__.py')));
  return packages.length === 0 || packages.some((name) => existsSync(path.join(sitePackages, name, '__pycache__')));
}

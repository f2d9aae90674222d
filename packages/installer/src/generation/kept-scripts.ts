// The scripts of the next generation that no new wheel brings: those that stay, and those that return to distributions
// that had lost them.
import path from 'node:path';
import type { ScriptTarget } from '@wheelwright/python';
import { plannedScripts, scriptBody } from '../layout/entry-point-scripts.ts';
import type { InstalledState } from '../model/types.ts';
import { type InstallPlan, keptOf, wheelsOf } from '../plan/install-plan.ts';
import type { LosersPlan } from '../plan/plan-losers.ts';
import { scriptsThere } from '../read/installed-scripts.ts';

/** The rows of the present map that stay: neither removed, nor made again, which `isMade` says by name. */
export function keptScripts(
  state: InstalledState,
  plan: InstallPlan,
  isMade: (name: string) => boolean,
): ScriptTarget[] {
  const laid = new Set(
    wheelsOf(plan)
      .filter(({ whole }) => whole === undefined)
      .flatMap(({ lay }) => lay.filter(({ root }) => root.scripts).map(({ target }) => target)),
  );
  return scriptsThere(state).filter(({ name }) => {
    const target = `${state.layout.scripts}/${name}`;
    return !isMade(name) && !laid.has(target) && !plan.leaving.files.has(target);
  });
}

/**
 * What the scripts among `returned` start, by the dist-infos of their owners. A script that no dist-info explains is a
 * file like any other.
 */
export function returnedScripts(
  { layout }: InstalledState,
  plan: InstallPlan,
  returned: LosersPlan['returned'],
): ScriptTarget[] {
  return [...returned].flatMap(([target, { owner: name }]): ScriptTarget[] => {
    const script = target.startsWith(`${layout.scripts}/`) ? target.slice(layout.scripts.length + 1) : '';
    const owner = keptOf(plan).find((one) => one.owner.name === name)?.owner;
    if (script === '' || owner === undefined) return [];
    const entry = plannedScripts(owner.name, owner.entryPoints).find((one) => one.name === script);
    if (entry !== undefined) {
      return [{ name: script, kind: 'entry-point', module: entry.module, attribute: entry.attribute }];
    }
    const body = scriptBody(path.posix.basename(owner.distInfoDir), script);
    const isBody = owner.files?.some((file) => file.path === `${layout.sitePackages}/${body}`);
    return isBody === true ? [{ name: script, kind: 'body', path: body }] : [];
  });
}

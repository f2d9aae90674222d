// Which generations running processes use: the pin of each Python process has its generation's directory open.
import { readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { isErrno } from '@wheelwright/errors';

/** The numbers of the generations below `generationsDir` that a process has open or works in, as far as this user can see. */
export function openGenerations(generationsDir: string, processesDir = '/proc'): Set<number> {
  const prefix = `${realpathSync(generationsDir)}/`;
  const numbers = new Set<number>();
  const look = (link: string) => {
    const target = unlessGone(() => readlinkSync(link));
    if (target?.startsWith(prefix)) numbers.add(Number.parseInt(target.slice(prefix.length), 10));
  };
  for (const name of unlessGone(() => readdirSync(processesDir)) ?? []) {
    if (!/^\d+$/.test(name)) continue;
    look(`${processesDir}/${name}/cwd`);
    const descriptors = `${processesDir}/${name}/fd`;
    for (const fd of unlessGone(() => readdirSync(descriptors)) ?? []) look(`${descriptors}/${fd}`);
  }
  return numbers;
}

// Processes end meanwhile, and those of other users cannot be examined: the hour of grace is for these.
function unlessGone<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return undefined;
    throw error;
  }
}

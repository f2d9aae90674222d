// Names of what is not finished yet. The pid is for people who look; whether the owner lives is told by a lock.
import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** A fresh name beside `target`: `.<name>.<pid>-<random>.partial`. */
export function siblingName(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${uniqueSuffix()}.partial`);
}

/** Whether `name` is such a name, beside the file called `of` where that is given. */
export function isPartialOf(of: string | undefined, name: string): boolean {
  const target = /^\.(.+)\.\d+-[0-9a-f]{12}\.partial$/.exec(name)?.[1];
  return target !== undefined && (of === undefined || of === target);
}

/** `<pid>-<random>`. */
export function uniqueSuffix(): string {
  return `${process.pid}-${randomBytes(6).toString('hex')}`;
}

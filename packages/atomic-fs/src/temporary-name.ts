// Names of unfinished work. The pid is for people; a lock tells whether the owner lives.
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

/**
 * `<pid>-<random>`. Chance keeps names apart, it guards nothing: they are made where they must not exist yet. So it is
 * V8's own, which needs no cryptography to be loaded.
 */
export function uniqueSuffix(): string {
  const random = Math.floor(Math.random() * 2 ** 48);
  return `${process.pid}-${random.toString(16).padStart(12, '0')}`;
}

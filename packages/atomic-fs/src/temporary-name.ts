// Names of what is not finished yet. The pid is for people who look; whether the owner lives is told by a lock.
import { randomBytes } from 'node:crypto';
import path from 'node:path';

/** A fresh name beside `target`: `.<name>.<pid>-<random>.partial`. */
export function siblingName(target: string): string {
  return path.join(path.dirname(target), `.${path.basename(target)}.${uniqueSuffix()}.partial`);
}

/** `<pid>-<random>`. */
export function uniqueSuffix(): string {
  return `${process.pid}-${randomBytes(6).toString('hex')}`;
}

// Opens wheel files of this machine. Each file is read and hashed once. As long as its inode, size and times stay the same,
// the remembered hash finds the wheel in the store.
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Store, StoredWheel } from '@wheelwright/store';
import { parseFact } from '../tool/parse-fact.ts';

/** A file changed less than this long ago, in ms, may change again without a visible change of its times. */
const settledAfterMs = 2000;

/** Adds the wheel file at the absolute path `wheelPath` to the store. With `sha256` (hex) no other file is accepted. */
export async function addLocalWheel(store: Store, wheelPath: string, sha256?: string): Promise<StoredWheel> {
  const before = identityOf(wheelPath);
  const remembered = sha256 ?? recall(store, wheelPath, before);
  const known = remembered === undefined ? undefined : store.findWheel(remembered);
  if (known?.filename === path.basename(wheelPath)) return known;
  const wheel = await store.addWheel(wheelPath, { sha256 });
  if (before !== undefined && before === identityOf(wheelPath)) {
    store.facts.write(factOf(wheelPath), JSON.stringify({ identity: before, sha256: wheel.sha256 }));
  }
  return wheel;
}

/** The stored wheel of that file, if the store has it. Does not read the file. */
export function findLocalWheel(store: Store, wheelPath: string): StoredWheel | undefined {
  const sha256 = recall(store, wheelPath, identityOf(wheelPath));
  return sha256 === undefined ? undefined : store.findWheel(sha256);
}

function recall(store: Store, wheelPath: string, identity: string | undefined): string | undefined {
  if (identity === undefined) return undefined;
  const fact = parseFact(store.facts.read(factOf(wheelPath)));
  return fact.identity === identity && typeof fact.sha256 === 'string' ? fact.sha256 : undefined;
}

function factOf(wheelPath: string): string {
  return `wheel-file ${wheelPath}`;
}

function identityOf(wheelPath: string): string | undefined {
  const stats = statSync(wheelPath, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs, ctimeMs } = stats;
  const changedMs = Math.max(Number(mtimeMs), Number(ctimeMs));
  return Date.now() - changedMs < settledAfterMs ? undefined : [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

// An index of pinned build backends and one store, for all tests of a file: each backend is fetched once.
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { startPinnedIndex } from '@wheelwright/testkit/pinned-index';
import { afterAll } from 'vitest';

/** The variables of a command that uses them. Call it at the top of a test file; both go when its tests have ended. */
export async function pinnedStore(...projects: readonly string[]) {
  const dir = mkdtempSync(path.join(tmpdir(), 'ww-pinned-'));
  const index = await startPinnedIndex(...projects);
  afterAll(async () => {
    await index.close();
    rmSync(dir, { recursive: true, force: true });
  });
  return { PIP_NO_INDEX: '0', PIP_INDEX_URL: index.indexUrl, WHEELWRIGHT_STORE: path.join(dir, 'store') };
}

/** Where rustup and cargo have what they need. The tests have a home of their own; these programs look in the user's. */
export const rustHomes = {
  RUSTUP_HOME: process.env.RUSTUP_HOME ?? path.join(homedir(), '.rustup'),
  CARGO_HOME: process.env.CARGO_HOME ?? path.join(homedir(), '.cargo'),
};

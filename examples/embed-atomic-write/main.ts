// Replaces the files of a small web site as one transaction: a crash leaves all old files or all new ones.
import { mkdirSync, writeFileSync } from 'node:fs';
import { openTransaction, recover } from '@wheelwright/atomic-fs';
import { withLock } from '@wheelwright/fslock';

const site = process.argv[2] ?? 'site';
const version = process.argv[3] ?? new Date().toISOString();
mkdirSync(site, { recursive: true });

await withLock(`${site}.lock`, { purpose: 'deploy' }, async (lock) => {
  recover(site, { lock }); // finish or undo what a dead process left
  const transaction = openTransaction(site, { lock });
  for (const page of ['index.html', 'about.html', 'feed.xml'])
    writeFileSync(transaction.stage(page), `${page} of ${version}\n`);
  transaction.commit(); // all three pages, or none
});
console.log(`${site} is at ${version}`);

// `npm run site`: sets up, writes the pages, the reference of the packages among them, and builds site/dist. The site's own dependencies are installed here and only
// here: `npm run setup` and `npm test` do not need them.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run, setUp } from './setup.mjs';

setUp();
const siteDir = path.join(root, 'site');
run(path.join(root, 'node_modules', '.bin', 'tsx'), [path.join(root, 'scripts', 'write-site.ts')]);

const stamp = path.join(siteDir, 'node_modules', '.stamp');
const digest = createHash('sha256')
  .update(readFileSync(path.join(siteDir, 'package-lock.json')))
  .digest('hex');
if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== digest) {
  run('npm', ['ci', '--prefix', siteDir, '--no-audit', '--no-fund', '--silent']);
  writeFileSync(stamp, digest);
}
run(process.execPath, [path.join(siteDir, 'write-api.mjs')]);
run(process.execPath, [path.join(siteDir, 'node_modules', 'vitepress', 'bin', 'vitepress.js'), 'build', siteDir]);

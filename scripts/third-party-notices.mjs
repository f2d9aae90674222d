// Third parties inside what is published: which packages bundle one, and the notices of those that a bundle contains.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Dependencies that a package contains instead of requiring them. tar-stream requires bare-fs, which brings seven
 * megabytes of native modules for another runtime; on Node nothing of them is used.
 */
export const bundledDependencies = { archives: ['tar-stream'] };

/** Name, version and licence text of every third party among the bundled files, after a sentence that says whose they are. */
export function thirdPartyNotices(sentence, files) {
  const dirs = new Set(files.map(thirdPartyDir).filter((dir) => dir !== undefined));
  const texts = [...dirs].map((dir) => {
    const { name, version, license } = JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8'));
    const file = readdirSync(dir).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file === undefined ? `Licence: ${license}` : readFileSync(path.join(dir, file), 'utf8').trim();
    return { name, text: `${name} ${version} (${license})\n\n${text}\n` };
  });
  texts.sort((a, b) => (a.name < b.name ? -1 : 1));
  return `${sentence}\n\n${texts.map(({ text }) => text).join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** The directory of the package below `node_modules` that the file belongs to; undefined for our own files. */
function thirdPartyDir(file) {
  const parts = file.split(path.sep);
  const at = parts.lastIndexOf('node_modules');
  if (at === -1) return undefined;
  const depth = parts[at + 1].startsWith('@') ? 3 : 2;
  const dir = parts.slice(0, at + depth).join(path.sep);
  return existsSync(path.join(dir, 'package.json')) ? dir : undefined;
}

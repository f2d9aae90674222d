// Prefixes without generations made by code, and distributions in them as pip would have put them there.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { site } from './environments.ts';

/** An empty venv at `dir`. */
export function makeVenv(dir: string): string {
  for (const name of ['bin', site, 'include']) mkdirSync(path.join(dir, name), { recursive: true });
  symlinkSync('lib', path.join(dir, 'lib64'));
  symlinkSync(process.execPath, path.join(dir, 'bin/python'));
  symlinkSync('python', path.join(dir, 'bin/python3'));
  writeFileSync(path.join(dir, 'bin/activate'), '# activate\n');
  writeFileSync(path.join(dir, 'pyvenv.cfg'), `home = ${path.dirname(process.execPath)}\nversion = 3.11.0\n`);
  writeFileSync(path.join(dir, '.lock'), '');
  return dir;
}

export interface GuestOptions {
  readonly version?: string;
  /** By path relative to site-packages; `../../../bin/x` is a script. */
  readonly files?: Readonly<Record<string, string>>;
  readonly record?: false | string;
  readonly installer?: string;
  readonly directUrl?: string;
}

/** A distribution put into `siteDir` by another installer. Files outside of it are recorded, and made only inside. */
export function addGuest(siteDir: string, name: string, options: GuestOptions = {}): void {
  const { version = '1.0', record, installer = 'pip', directUrl } = options;
  const distInfo = `${name}-${version}.dist-info`;
  const files: Record<string, string> = {
    ...(options.files ?? { [`${name}/__init__.py`]: `version = '${version}'\n` }),
    [`${distInfo}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${distInfo}/INSTALLER`]: `${installer}\n`,
    ...(directUrl === undefined ? {} : { [`${distInfo}/direct_url.json`]: directUrl }),
  };
  const lines = Object.entries(files).map(([file, text]) => {
    const target = path.join(siteDir, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    const hash = createHash('sha256').update(readFileSync(target)).digest('base64url');
    return `${file},sha256=${hash},${Buffer.byteLength(text)}\n`;
  });
  if (record === false) return;
  writeFileSync(path.join(siteDir, distInfo, 'RECORD'), record ?? `${lines.join('')}${distInfo}/RECORD,,\n`);
}

// Environments and unpacked wheels made by code, with no interpreter, store or archive: what the installer sees of them.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { formatRecord, normalizeName } from '@wheelwright/packaging';
import {
  formatGeneration,
  placeholderName,
  stableLinks,
  stableLinkTarget,
  supportFiles,
  supportHashes,
} from '@wheelwright/python';
import type { WheelTree } from '../src/index.ts';

/** When the environments of the tests were made. */
export const firstTime = new Date('2026-01-01T00:00:00Z');

/** A clock that stands `minutes` after that. */
export const clock = (minutes: number) => () => new Date(firstTime.getTime() + minutes * 60_000);

export const site = 'lib/python3.11/site-packages';

/** An empty environment of ours at `dir`; `python` is what its interpreter links to. */
export function makeEnvironment(dir: string, python = process.execPath): string {
  const generation = path.join(dir, '.wheelwright', 'generations', '1');
  for (const name of ['bin', site, 'include', 'share', 'etc'])
    mkdirSync(path.join(generation, name), { recursive: true });
  for (const name of ['include', 'share', 'etc']) writeFileSync(path.join(generation, name, placeholderName), '');
  symlinkSync('lib', path.join(generation, 'lib64'));
  symlinkSync(python, path.join(generation, 'bin', 'python'));
  const support = supportFiles([]);
  for (const { path: name, data } of support) writeFileSync(path.join(generation, site, name), data);
  const fixed = {
    format: 1,
    number: 1,
    created: '2026-01-01T00:00:00.000Z',
    command: 'venv',
    distributions: [],
    kept: [],
  };
  writeFileSync(
    path.join(generation, 'generation.json'),
    formatGeneration({ ...fixed, support: supportHashes(support) }),
  );
  writeFileSync(path.join(generation, '.committed'), '');
  utimesSync(path.join(generation, '.committed'), firstTime, firstTime);
  writeFileSync(path.join(dir, '.wheelwright', 'format'), '1\n');
  symlinkSync('generations/1', path.join(dir, '.wheelwright', 'current'));
  for (const name of stableLinks) symlinkSync(stableLinkTarget(name), path.join(dir, name));
  writeFileSync(path.join(dir, 'pyvenv.cfg'), `home = ${path.dirname(python)}\nversion = 3.11.0\n`);
  return dir;
}

type Files = Readonly<Record<string, string>>;

export interface WheelTreeOptions {
  readonly version?: string;
  readonly files?: Files;
  /** Below `.data`: `{ 'scripts/x': '#!python\n…' }`. */
  readonly data?: Files;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bytecode?: Files;
  readonly requested?: boolean;
  readonly directUrl?: string;
  readonly executable?: readonly string[];
  /** false: as a provider that knows its files only one by one. */
  readonly listing?: boolean;
}

/** A wheel as a store would give it, unpacked below `storeDir`; by default one module that states its version. */
export function wheelTree(storeDir: string, name: string, options: WheelTreeOptions = {}): WheelTree {
  const { version = '1.0', data = {}, scripts = {}, requested = false, executable = [] } = options;
  const files = options.files ?? { [`${name}/__init__.py`]: `version = '${version}'\n`, [`${name}/mod.py`]: 'x = 1\n' };
  const stem = `${name}-${version}`;
  const entries = Object.entries(scripts).map(([script, target]) => {
    const [module = '', attribute = ''] = target.split(':');
    return { group: 'console_scripts', name: script, module, attribute };
  });
  const all: Record<string, string> = { ...files };
  for (const [file, text] of Object.entries(data)) all[`${stem}.data/${file}`] = text;
  all[`${stem}.dist-info/METADATA`] = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
  all[`${stem}.dist-info/WHEEL`] = 'Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n';
  if (entries.length > 0) {
    const lines = Object.entries(scripts).map(([script, target]) => `${script} = ${target}\n`);
    all[`${stem}.dist-info/entry_points.txt`] = `[console_scripts]\n${lines.join('')}`;
  }
  const sha256 = hash(JSON.stringify([all, options]));
  const treeDir = path.join(storeDir, sha256);
  const directories = write(treeDir, all, executable);
  const bytecodeDir = path.join(storeDir, `${sha256}-bytecode`);
  if (options.bytecode !== undefined) write(bytecodeDir, options.bytecode, []);
  return {
    name: normalizeName(name),
    version,
    sha256,
    treeDir,
    distInfoDir: `${stem}.dist-info`,
    dataDir: `${stem}.data`,
    rootIsPurelib: true,
    directories,
    files: Object.entries(all)
      .map(([file, text]) => ({
        path: file,
        size: Buffer.byteLength(text),
        executable: executable.includes(file),
        sha256: hash(text),
      }))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    listing: options.listing === false ? undefined : listingOf(all),
    entryPoints: entries,
    bytecode: options.bytecode && { treeDir: bytecodeDir, files: Object.keys(options.bytecode) },
    requested,
    directUrl: options.directUrl,
  };
}

function listingOf(files: Files): NonNullable<WheelTree['listing']> {
  const groups = new Map<string, string[]>();
  for (const file of Object.keys(files)) {
    const directory = path.posix.dirname(file) === '.' ? '' : path.posix.dirname(file);
    groups.set(directory, [...(groups.get(directory) ?? []), path.posix.basename(file)]);
  }
  const entries = Object.entries(files).map(([file, text]) => {
    const digest = createHash('sha256').update(text).digest('base64url');
    return { path: file, hash: { algorithm: 'sha256', digest }, size: Buffer.byteLength(text) };
  });
  return {
    groups: [...groups].map(([directory, names]) => ({ directory, names })),
    record: formatRecord(entries),
  };
}

/** Every file and link below `dir` with its content, by relative path; directories with nothing in them end in `/`. */
export function readTree(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (directory: string) => {
    const entries = readdirSync(path.join(dir, directory), { withFileTypes: true });
    if (entries.length === 0) found[`${directory}/`] = '';
    for (const entry of entries) {
      const file = directory === '' ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory()) visit(file);
      else if (entry.isSymbolicLink()) found[file] = `-> ${readlinkSync(path.join(dir, file))}`;
      else found[file] = readFileSync(path.join(dir, file), 'utf8');
    }
  };
  visit('');
  return found;
}

/** What an environment holds as anyone sees it: through its pointer, without the marks of one generation. */
export function readThrough(environmentDir: string): Record<string, string> {
  const tree = readTree(`${environmentDir}/.wheelwright/current/`);
  delete tree['.committed'];
  delete tree['generation.json'];
  return tree;
}

function write(dir: string, files: Files, executable: readonly string[]): string[] {
  const directories = new Set<string>();
  for (const [file, text] of Object.entries(files)) {
    const target = path.join(dir, file);
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, text);
    chmodSync(target, executable.includes(file) ? 0o555 : 0o444);
    for (let parent = path.dirname(file); parent !== '.'; parent = path.dirname(parent)) directories.add(parent);
  }
  return [...directories].sort();
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

// Wheels made by code: good ones in one line, and wrong ones by overriding the one thing that shall be wrong. What is
// not overridden is what a careful build backend would write, so a test says only what it is about.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { buildZip, type ZipEntry, type ZipOptions } from './zip.ts';

export { buildZip, type ZipEntry, type ZipOptions } from './zip.ts';

export type FileContent = string | Uint8Array | { readonly data: string | Uint8Array; readonly mode?: number };

export interface WheelOptions {
  readonly name: string;
  /** `1.0` by default. */
  readonly version?: string | undefined;
  /** The compressed tag set of the file name; `py3-none-any` by default. */
  readonly tag?: string | undefined;
  readonly build?: string | undefined;
  /** What lands in purelib or platlib; by default one module named after the wheel. */
  readonly files?: Readonly<Record<string, FileContent>> | undefined;
  /** Files below `{name}-{version}.data/`: `{ 'scripts/x': '#!python\n…' }`. */
  readonly data?: Readonly<Record<string, FileContent>> | undefined;
  /** Further files of the dist-info directory, such as `licenses/LICENSE`. */
  readonly distInfo?: Readonly<Record<string, FileContent>> | undefined;
  /** `{ console_scripts: { cmd: 'module:main' } }`, or the text of entry_points.txt. */
  readonly entryPoints?: Readonly<Record<string, Readonly<Record<string, string>>>> | string | undefined;
  readonly requiresDist?: readonly string[] | undefined;
  readonly requiresPython?: string | undefined;
  readonly providesExtra?: readonly string[] | undefined;
  /** Further lines of METADATA, such as `Import-Name: x`. */
  readonly metadataLines?: readonly string[] | undefined;
  readonly rootIsPurelib?: boolean | undefined;

  // What follows makes wheels that are wrong, or odd.
  readonly filename?: string | undefined;
  readonly distInfoDir?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly wheelVersion?: string | undefined;
  /** The whole text; null leaves the file out. */
  readonly metadataText?: string | null | undefined;
  readonly wheelText?: string | null | undefined;
  readonly recordText?: string | null | ((correct: string) => string) | undefined;
  /** These paths are in the archive but not in RECORD. */
  readonly unrecorded?: readonly string[] | undefined;
  /** Entries written after the others; RECORD lists those with a plain string name unless `unrecorded` says so. */
  readonly extraEntries?: readonly ZipEntry[] | undefined;
  /** Changes one entry as it is written to the archive: RECORD still holds the hash of the content given. */
  readonly alter?: Readonly<Record<string, Partial<ZipEntry>>> | undefined;
  readonly method?: 'deflate' | 'stored' | undefined;
  readonly zip?: ZipOptions | undefined;
}

export interface BuiltWheel {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly distInfoDir: string;
  readonly recordText: string;
}

/** A wheel in memory. The same options always give the same bytes. */
export function buildWheel(options: WheelOptions): BuiltWheel {
  const { name, version = '1.0', tag = 'py3-none-any' } = options;
  const stem = `${escapeName(name)}-${version}`;
  const distInfoDir = options.distInfoDir ?? `${stem}.dist-info`;
  const filename = options.filename ?? [stem, options.build, `${tag}.whl`].filter(Boolean).join('-');
  const payload: ZipEntry[] = [
    ...toEntries('', options.files ?? { [`${escapeName(name).toLowerCase()}.py`]: `version = '${version}'\n` }),
    ...toEntries(`${options.dataDir ?? `${stem}.data`}/`, options.data ?? {}),
    ...distInfoEntries(options, distInfoDir, version, tag),
    ...(options.extraEntries ?? []),
  ];
  const recordText = recordOf(payload, distInfoDir, options);
  const entries = [...payload];
  if (options.recordText !== null) entries.push({ name: `${distInfoDir}/RECORD`, data: recordText });
  const altered = entries.map((entry) => ({
    ...(options.method === undefined ? {} : { method: options.method }),
    ...entry,
    ...(typeof entry.name === 'string' ? options.alter?.[entry.name] : {}),
  }));
  const bytes = buildZip(altered, options.zip);
  return { filename, bytes, sha256: createHash('sha256').update(bytes).digest('hex'), distInfoDir, recordText };
}

/** The same wheel as a file in `dir`; gives its path. */
export function writeWheel(dir: string, options: WheelOptions): string {
  const wheel = buildWheel(options);
  const wheelPath = path.join(dir, wheel.filename);
  writeFileSync(wheelPath, wheel.bytes);
  return wheelPath;
}

/** The RECORD line of a file. */
export function recordLine(name: string, data: string | Uint8Array, algorithm = 'sha256'): string {
  const quoted = /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
  const digest = createHash(algorithm).update(data).digest('base64url');
  return `${quoted},${algorithm}=${digest},${Buffer.byteLength(data)}\n`;
}

function distInfoEntries(options: WheelOptions, distInfoDir: string, version: string, tag: string): ZipEntry[] {
  const entries: ZipEntry[] = [];
  const add = (name: string, text: string | null) => {
    if (text !== null) entries.push({ name: `${distInfoDir}/${name}`, data: text });
  };
  entries.push(...toEntries(`${distInfoDir}/`, options.distInfo ?? {}));
  add('METADATA', options.metadataText === undefined ? metadataOf(options, version) : options.metadataText);
  add('WHEEL', options.wheelText === undefined ? wheelOf(options, tag) : options.wheelText);
  if (options.entryPoints !== undefined) {
    add(
      'entry_points.txt',
      typeof options.entryPoints === 'string' ? options.entryPoints : entryPointsOf(options.entryPoints),
    );
  }
  return entries;
}

function metadataOf(options: WheelOptions, version: string): string {
  const lines = ['Metadata-Version: 2.1', `Name: ${options.name}`, `Version: ${version}`];
  if (options.requiresPython !== undefined) lines.push(`Requires-Python: ${options.requiresPython}`);
  for (const requirement of options.requiresDist ?? []) lines.push(`Requires-Dist: ${requirement}`);
  for (const extra of options.providesExtra ?? []) lines.push(`Provides-Extra: ${extra}`);
  return `${[...lines, ...(options.metadataLines ?? [])].join('\n')}\n`;
}

function wheelOf(options: WheelOptions, tag: string): string {
  const lines = [`Wheel-Version: ${options.wheelVersion ?? '1.0'}`, 'Generator: testkit'];
  lines.push(`Root-Is-Purelib: ${options.rootIsPurelib ?? tag.endsWith('-any')}`);
  const [pythons = '', abis = '', platforms = ''] = tag.split('-').map((part) => part.split('.')) as (
    | string[]
    | undefined
  )[];
  for (const python of pythons)
    for (const abi of abis) for (const on of platforms) lines.push(`Tag: ${python}-${abi}-${on}`);
  return `${lines.join('\n')}\n`;
}

function entryPointsOf(groups: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  return Object.entries(groups)
    .map(
      ([group, points]) =>
        `[${group}]\n${Object.entries(points)
          .map(([name, object]) => `${name} = ${object}\n`)
          .join('')}`,
    )
    .join('\n');
}

function recordOf(payload: readonly ZipEntry[], distInfoDir: string, options: WheelOptions): string {
  const unrecorded = new Set(options.unrecorded ?? []);
  const lines = payload.map(({ name, data = '' }) => {
    if (typeof name !== 'string' || name.endsWith('/') || unrecorded.has(name)) return '';
    return recordLine(name, data);
  });
  const correct = `${lines.join('')}${distInfoDir}/RECORD,,\n`;
  if (typeof options.recordText === 'function') return options.recordText(correct);
  return options.recordText ?? correct;
}

function toEntries(prefix: string, files: Readonly<Record<string, FileContent>>): ZipEntry[] {
  return Object.entries(files).map(([name, content]) => {
    if (typeof content === 'string' || content instanceof Uint8Array) return { name: prefix + name, data: content };
    return { name: prefix + name, data: content.data, mode: 0o100000 | (content.mode ?? 0o644) };
  });
}

function escapeName(name: string): string {
  return name.replace(/[-_.]+/g, '_');
}

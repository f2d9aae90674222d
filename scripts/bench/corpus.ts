// What is installed and built: two sets of real packages, pinned and fetched once by pip from the default index; wheels
// of many small files and one large wheel, made here; one trivial setuptools tree. All of it is served on loopback.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeWheel } from '@wheelwright/archives';
import { buildWheel } from '@wheelwright/testkit/wheels';
import type { Bench } from './types.ts';

/** What is to be installed, and how it is known to be right. */
export interface Corpus {
  readonly requirements: readonly string[];
  readonly expected: Expected;
}

/** What an environment must hold, and nothing else. */
export interface Expected {
  /** `name==version`, sorted. */
  readonly distributions: readonly string[];
  /** Recorded files outside of the dist-info directories, byte-code not counted. */
  readonly files: number;
  readonly imports: readonly string[];
}

/** A set of real packages: what is asked for, and what shows that it works. */
interface RealSet {
  /** Names the file of pins. */
  readonly name: string;
  readonly requirements: readonly string[];
  readonly imports: readonly string[];
}

const six: RealSet = {
  name: 'six-packages',
  requirements: ['requests', 'flask', 'rich', 'sqlalchemy', 'numpy', 'pyyaml'],
  imports: ['requests', 'flask', 'rich', 'sqlalchemy', 'numpy', 'yaml'],
};

const notebook: RealSet = {
  name: 'real-wheels',
  requirements: ['jupyterlab', 'pandas', 'matplotlib', 'scikit-learn'],
  imports: ['jupyterlab', 'pandas', 'matplotlib', 'sklearn'],
};

/** The file with the pins and hashes of {@link realWheels}. */
export const pinsOfRealWheels = pinsOf(notebook.name);

/** Six real packages and what they require: 20 wheels. */
export function sixPackages(bench: Bench): Promise<Corpus> {
  return realCorpus(bench, six);
}

/** A notebook stack of 106 real wheels with some 18,500 files, and the directory that holds the wheels. */
export async function realWheels(bench: Bench): Promise<Corpus & { readonly wheelsDir: string }> {
  return { ...(await realCorpus(bench, notebook)), wheelsDir: fetched(bench, notebook.name) };
}

async function realCorpus(bench: Bench, { name, requirements, imports }: RealSet): Promise<Corpus> {
  const wheelsDir = fetched(bench, name);
  const described = await Promise.all(wheelsIn(wheelsDir).map((wheel) => describeWheel(wheel)));
  const files = described.flatMap(({ files, dataDir, distInfoDir }) =>
    files.filter((file) => ![dataDir, distInfoDir].includes(file.path.split('/', 1)[0] as string)),
  );
  await serve(bench, wheelsDir);
  return {
    requirements,
    expected: {
      distributions: described.map(({ name, version }) => `${name}==${version.text}`).sort(),
      files: files.length,
      imports,
    },
  };
}

/** Serves what the trivial tree is built with. */
export async function serveBackend(bench: Bench): Promise<void> {
  await serve(bench, fetched(bench, 'backend'));
}

/** A wheel of about `megabytes`, of files of 10 MB that do not compress. */
export function largeWheel(bench: Bench, megabytes: number): Corpus {
  const random = createRandom();
  const files = Object.fromEntries([
    ['large/__init__.py', ''],
    ...Array.from({ length: Math.max(1, megabytes / 10) }, (_, n) => [`large/data_${n}.bin`, random(10_000_000)]),
  ]);
  const metadata = 'Metadata-Version: 2.1\nName: large\nVersion: 1.0\n';
  const { filename, bytes } = buildWheel({ name: 'large', version: '1.0', files, metadataText: metadata });
  offer(bench, filename, bytes, metadata);
  return {
    requirements: ['large'],
    expected: { distributions: ['large==1.0'], files: Object.keys(files).length, imports: ['large'] },
  };
}

/** Bytes of a generator with a fixed seed, so that every run makes the same wheel. */
function createRandom(): (length: number) => Uint8Array {
  let state = 0x9e3779b9;
  return (length) => {
    const words = new Uint32Array(length / 4);
    for (let n = 0; n < words.length; n++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[n] = state;
    }
    return new Uint8Array(words.buffer);
  };
}

export const filesPerWheel = 1_000;

/** Wheels of 1,000 small modules each in 100 packages, or a tenth of that in a hurry; versions 1.0 and 2.0 of each. */
export function manyFiles(bench: Bench, wheels: number, version = '1.0'): Corpus {
  const names = Array.from({ length: wheels }, (_, n) => `bulk-${String.fromCharCode(97 + n)}`);
  for (const name of names) for (const each of ['1.0', '2.0']) serveBulk(bench, name, each);
  return {
    requirements: names.map((name) => `${name}==${version}`),
    expected: {
      distributions: names.map((name) => `${name}==${version}`),
      files: wheels * bench.size(filesPerWheel),
      imports: names.map((name) => `${name.replace('-', '_')}.part_0.module_0`),
    },
  };
}

const served = new Set<string>();

function serveBulk(bench: Bench, name: string, version: string): void {
  const key = `${name} ${version}`;
  if (served.has(key)) return;
  served.add(key);
  const { filename, bytes, metadata } = bulkWheel(bench, name, version);
  offer(bench, filename, bytes, metadata);
}

/** One of the wheels of many small files. */
export function bulkWheel(
  bench: Bench,
  name: string,
  version: string,
): { filename: string; bytes: Uint8Array; metadata: string } {
  const module = name.replace('-', '_');
  const files = Object.fromEntries(
    Array.from({ length: bench.size(filesPerWheel) }, (_, n) => {
      const lines = Array.from({ length: 20 }, (_, line) => `value_${line} = '${name} ${version} ${n} ${line}'\n`);
      return [`${module}/part_${Math.floor(n / 10)}/module_${n % 10}.py`, lines.join('')];
    }),
  );
  const metadata = `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`;
  return { ...buildWheel({ name, version, files, metadataText: metadata }), metadata };
}

/** Writes a trivial setuptools tree. */
export function writeTree(dir: string): void {
  mkdirSync(path.join(dir, 'trivial'), { recursive: true });
  writeFileSync(
    path.join(dir, 'pyproject.toml'),
    '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "trivial"\nversion = "1.0"\n\n[tool.setuptools]\npackages = ["trivial"]\n',
  );
  for (let n = 0; n < 5; n++)
    writeFileSync(path.join(dir, 'trivial', n === 0 ? '__init__.py' : `module_${n}.py`), `VALUE = ${n}\n`);
}

function pinsOf(name: string): string {
  return fileURLToPath(new URL(`pins/${name}.txt`, import.meta.url));
}

/** A directory with the wheels of a file of pins; pip fetches them on first use and compares their hashes. */
function fetched(bench: Bench, name: string): string {
  const pins = pinsOf(name);
  const digest = createHash('sha256').update(readFileSync(pins)).digest('hex').slice(0, 12);
  const dir = path.join(bench.keptDir, `${name}-${path.basename(bench.python)}-${digest}`);
  const complete = path.join(dir, '.complete');
  if (existsSync(complete)) return dir;
  mkdirSync(dir, { recursive: true });
  const options = ['-q', '--disable-pip-version-check', '--only-binary', ':all:', '--no-deps', '--require-hashes'];
  const command = ['-m', 'pip', 'download', ...options, '-d', dir, '-r', pins];
  const { status } = spawnSync(bench.python, command, { stdio: 'inherit' });
  if (status !== 0) throw new Error(`The pinned wheels of ${name} could not be downloaded for ${bench.python}.`);
  writeFileSync(complete, '');
  return dir;
}

async function serve(bench: Bench, wheelsDir: string): Promise<void> {
  for (const wheel of wheelsIn(wheelsDir)) {
    const { metadataText } = await describeWheel(wheel);
    offer(bench, path.basename(wheel), readFileSync(wheel), metadataText);
  }
}

/** Offers a file as a page, too: the server answers it without hashing it again at every request. */
function offer(bench: Bench, filename: string, data: Uint8Array, metadata: string): void {
  const sha256 = createHash('sha256').update(data).digest('hex');
  bench.server.add({ filename, data, metadata, hashes: { sha256 } });
  bench.server.page(bench.server.filePath(filename), data, { 'content-type': 'application/octet-stream' });
}

function wheelsIn(dir: string): string[] {
  return readdirSync(dir)
    .filter((name) => name.endsWith('.whl'))
    .map((name) => path.join(dir, name));
}

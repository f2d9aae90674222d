// What is installed and built: six real packages with all they need, fetched once by pip from the default index; wheels of
// many small files, made here; and one trivial setuptools tree. All of it is served on loopback.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describeWheel } from '@wheelwright/archives';
import { buildWheel } from '@wheelwright/testkit/wheels';
import type { Bench } from './bench.ts';

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

const six = ['requests', 'flask', 'rich', 'sqlalchemy', 'numpy', 'pyyaml'];
const sixImports = ['requests', 'flask', 'rich', 'sqlalchemy', 'numpy', 'yaml'];

/** Six real packages and what they require. */
export async function sixPackages(bench: Bench): Promise<Corpus> {
  const wheelsDir = fetched(bench, 'six', six);
  const described = await Promise.all(wheelsIn(wheelsDir).map((wheel) => describeWheel(wheel)));
  const files = described.flatMap(({ files, dataDir, distInfoDir }) =>
    files.filter((file) => ![dataDir, distInfoDir].includes(file.path.split('/', 1)[0] as string)),
  );
  await serve(bench, wheelsDir);
  return {
    requirements: six,
    expected: {
      distributions: described.map(({ name, version }) => `${name}==${version.text}`).sort(),
      files: files.length,
      imports: sixImports,
    },
  };
}

/** Serves what the trivial tree is built with. */
export async function serveBackend(bench: Bench): Promise<void> {
  await serve(bench, fetched(bench, 'backend', ['setuptools', 'wheel']));
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

/** A directory with the wheels that pip finds for `requirements`; fetched on first use. */
function fetched(bench: Bench, name: string, requirements: readonly string[]): string {
  const dir = path.join(bench.keptDir, `${name}-${path.basename(bench.python)}`);
  const complete = path.join(dir, '.complete');
  if (existsSync(complete)) return dir;
  mkdirSync(dir, { recursive: true });
  const options = ['-q', '--disable-pip-version-check', '--only-binary', ':all:', '-d', dir];
  const { status } = spawnSync('python3', ['-m', 'pip', 'download', ...options, ...requirements], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`${requirements.join(', ')} could not be downloaded.`);
  writeFileSync(complete, '');
  return dir;
}

async function serve(bench: Bench, wheelsDir: string): Promise<void> {
  for (const wheel of wheelsIn(wheelsDir)) {
    const { metadataText } = await describeWheel(wheel);
    offer(bench, path.basename(wheel), readFileSync(wheel), metadataText);
  }
}

/** Offers a file as a page, too: the server answers it without hashing it anew at every request. */
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

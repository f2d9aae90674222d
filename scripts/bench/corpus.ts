// What is installed and built: six real packages with all they need, fetched once by pip from the default index and then
// served on loopback, and one trivial setuptools tree.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readWheelMetadata } from '@wheelwright/archives';
import { type IndexServer, startIndexServer } from '@wheelwright/testkit/index-server';

/** The six, and the names to import from each to see that it works. */
export const requirements = ['requests', 'flask', 'rich', 'sqlalchemy', 'numpy', 'pyyaml'];
export const imports = ['requests', 'flask', 'rich', 'sqlalchemy', 'numpy', 'yaml'];

/** Serves the corpus; fetched on first use into `cacheDir`. */
export async function serveCorpus(cacheDir: string): Promise<IndexServer> {
  const wheelsDir = path.join(cacheDir, 'wheels');
  if (!existsSync(path.join(wheelsDir, '.complete'))) {
    mkdirSync(wheelsDir, { recursive: true });
    const { status } = spawnSync(
      'python3',
      [
        '-m',
        'pip',
        'download',
        '-q',
        '--disable-pip-version-check',
        '--only-binary',
        ':all:',
        '-d',
        wheelsDir,
        ...requirements,
        'setuptools',
        'wheel',
      ],
      { stdio: 'inherit' },
    );
    if (status !== 0) throw new Error('The packages to compare with could not be downloaded.');
    writeFileSync(path.join(wheelsDir, '.complete'), '');
  }
  const names = readdirSync(wheelsDir).filter((name) => name.endsWith('.whl'));
  const files = await Promise.all(
    names.map(async (filename) => {
      const { headers } = await readWheelMetadata(path.join(wheelsDir, filename));
      const metadata = `${[...headers].flatMap(([name, values]) => values.map((value) => `${name}: ${value.replaceAll('\n', '\n        ')}`)).join('\n')}\n`;
      return { filename, data: readFileSync(path.join(wheelsDir, filename)), metadata };
    }),
  );
  return startIndexServer({ files });
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

// Bundles every actor (packages/*/test/actors/*.ts) before the tests run, so that a race starts plain Node and no loader.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

export default async function bundleActors(): Promise<void> {
  const packages = readdirSync(path.join(root, 'packages')).map((name) => path.join(root, 'packages', name));
  await Promise.all(
    packages.map(async (packageDir) => {
      const actorsDir = path.join(packageDir, 'test', 'actors');
      const entryPoints = listActors(actorsDir);
      if (entryPoints.length === 0) return;
      await build({
        entryPoints,
        outdir: path.join(packageDir, 'node_modules', '.cache', 'actors'),
        outExtension: { '.js': '.mjs' },
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20.19',
        external: ['koffi'],
        banner: {
          js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
        },
        logLevel: 'error',
      });
    }),
  );
}

function listActors(actorsDir: string): string[] {
  try {
    return readdirSync(actorsDir)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => path.join(actorsDir, name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' || (error as NodeJS.ErrnoException).code === 'ENOTDIR')
      return [];
    throw error;
  }
}

// The usage example of every package's README is run as it stands: bundled with the packages of this checkout, started
// as a program of its own in an empty directory, and expected to end well.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const packagesDir = fileURLToPath(new URL('../packages', import.meta.url));
const documented = readdirSync(packagesDir).filter((name) => name !== 'testkit' && name !== 'README.md');

test.each(documented)(
  "the example in %s's README runs",
  async (name) => {
    const readme = readFileSync(path.join(packagesDir, name, 'README.md'), 'utf8');
    const usage = /^## Usage\n([\s\S]*?)(?=^## )/m.exec(readme)?.[1] ?? '';
    const example = /^```ts\n([\s\S]*?)^```/m.exec(usage)?.[1];
    expect(example, 'a ts block under Usage').toBeDefined();
    expect((example as string).trim().split('\n').length).toBeLessThanOrEqual(20);

    const workingDir = temporaryDir();
    const program = path.join(workingDir, 'example.mjs');
    await build({
      stdin: { contents: example as string, resolveDir: path.join(packagesDir, name), loader: 'ts' },
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20.19',
      external: ['koffi'],
      alias: Object.fromEntries(
        documented.map((other) => [
          other === 'wheelwright' ? other : `@wheelwright/${other}`,
          path.join(packagesDir, other, 'src', 'index.ts'),
        ]),
      ),
      banner: {
        js: "import { createRequire as createRequireForBundle } from 'node:module'; const require = createRequireForBundle(import.meta.url);",
      },
      logLevel: 'error',
    });
    const env = { ...process.env, HOME: workingDir };
    const { status, stderr } = spawnSync(process.execPath, [program], { cwd: workingDir, env, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  },
  60_000,
);

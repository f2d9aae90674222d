// The pages of the site: every `sh` block runs, in the order of its page, as a reader would type it, in a directory with the
// files that the page speaks of. Blocks that need Docker, another machine or a registry are `shell` and are not run. Programs
// in `ts` blocks are checked by the compiler.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedWheels } from '@wheelwright/testkit/pinned';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeSetuptoolsTree } from '@wheelwright/testkit/trees';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const pagesDir = path.join(root, 'site', 'pages');
const pages = readdirSync(pagesDir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
const runnable = pages.filter((page) => blocksOf(page, 'sh').length > 0);

test('the pages with commands are those that are known', () => {
  expect(runnable.sort()).toEqual([
    'from/build.md',
    'guides/ci.md',
    'guides/monorepo.md',
    'guides/serverless.md',
    'guides/service.md',
    'start.md',
  ]);
});

test.each(runnable)('%s: every command line ends well', (page) => {
  const { dir, env } = place();
  for (const block of blocksOf(page, 'sh')) {
    const { status, stdout, stderr } = spawnSync('sh', ['-e', '-c', block], { cwd: dir, env, encoding: 'utf8' });
    expect(status, `${block}\n${stdout}${stderr}`).toBe(0);
  }
});

test('the programs of the pages compile', () => {
  const dir = path.join(root, '.cache', `site-programs-${process.pid}`);
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(dir, { recursive: true });
  const programs = pages.flatMap((page) => blocksOf(page, 'ts'));
  expect(programs.length).toBeGreaterThanOrEqual(2);
  for (const [index, text] of programs.entries()) writeFileSync(path.join(dir, `program-${index}.ts`), text);
  const config = {
    extends: path.join(root, 'tsconfig.base.json'),
    compilerOptions: { noEmit: true },
    include: ['*.ts'],
  };
  writeFileSync(path.join(dir, 'tsconfig.json'), JSON.stringify(config));
  const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', dir], { cwd: root, encoding: 'utf8' });
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

function blocksOf(page: string, language: string): string[] {
  const text = readFileSync(path.join(pagesDir, page), 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] as string,
  );
}

/** What the pages speak of: wheels on find-links, trees, a requirements file, `ww` on the path. */
function place() {
  const dir = temporaryDir();
  const wheelsDir = path.join(dir, 'wheels');
  const binDir = path.join(dir, 'bin-of-test');
  for (const made of [wheelsDir, binDir]) mkdirSync(made);
  const wheels = [
    { name: 'flask', version: '3.1' },
    { name: 'requests', version: '2.0' },
    { name: 'greeting', version: '1.0' },
    { name: 'greeting', version: '2.0' },
    { name: 'markupsafe', version: '3.0.2', tag: 'cp312-cp312-manylinux_2_28_aarch64' },
  ];
  for (const wheel of wheels) writeWheel(wheelsDir, wheel);
  for (const wheel of pinnedWheels('setuptools')) symlinkSync(wheel, path.join(wheelsDir, path.basename(wheel)));
  writeSetuptoolsTree(path.join(dir, 'path', 'to', 'tree'), { name: 'demo' });
  for (const name of ['planets', 'moons']) writeSetuptoolsTree(path.join(dir, 'packages', name), { name });
  writeFileSync(path.join(dir, 'requirements.txt'), 'markupsafe==3.0.2\n');
  const ww = path.join(binDir, 'ww');
  writeFileSync(ww, `#!/bin/sh\nexec '${process.execPath}' '${path.join(root, 'apps', 'cli', 'bin', 'ww.js')}' "$@"\n`);
  chmodSync(ww, 0o755);
  const { PYTHONDONTWRITEBYTECODE: _, VIRTUAL_ENV: __, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: `${binDir}${path.delimiter}${process.env.PATH}`,
    HOME: dir,
    WHEELWRIGHT_STORE: path.join(dir, 'store'),
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheelsDir,
  };
  return { dir, env };
}

// Environments that were moved or copied: `ww repair` makes their scripts work, and every recipe that `ww doctor` gives for
// one does what it says, with all packages.
import { execFileSync } from 'node:child_process';
import { cpSync, renameSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const entry = path.resolve(import.meta.dirname, '../bin/ww.js');
const layouts = ['own', 'shared', 'plain'] as const;
const ways = ['moved', 'copied'] as const;

async function displaced(layout: string, way: string) {
  const dir = temporaryDir();
  const one = commandIn(dir);
  const [before, after] = [path.join(dir, 'before'), path.join(dir, 'after wards')];
  const wheel = (name: string) =>
    writeWheel(dir, {
      name,
      files: { [`${name}.py`]: 'import sys\ndef main():\n    print(sys.prefix)\n' },
      entryPoints: { console_scripts: { [name]: `${name}:main` } },
    });
  expect(await one.ww('venv', '--layout', layout, before)).toMatchObject({ code: 0 });
  const url = pathToFileURL(wheel('byurl')).href;
  expect(await one.ww('install', '-p', before, wheel('tool'), `byurl @ ${url}`)).toMatchObject({ code: 0 });
  if (way === 'moved') renameSync(before, after);
  else cpSync(before, after, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const runTool = (name: string) => execFileSync(path.join(after, 'bin', name), { encoding: 'utf8' }).trim();
  return { ...one, dir, after, runTool };
}

test.each(layouts.flatMap((layout) => ways.map((way) => [layout, way] as const)))(
  'the scripts of an environment of the layout %s that was %s work after repair',
  async (layout, way) => {
    const { ww, after, runTool, run } = await displaced(layout, way);
    const found = await ww('doctor', '-p', after);
    expect(found).toMatchObject({ code: 6, stdout: expect.stringContaining(`\`ww repair -p '${after}'\``) });
    expect(await ww('repair', '-p', after)).toMatchObject({ code: 0 });
    for (const name of ['tool', 'byurl']) expect(runTool(name)).toBe(after);
    const activated = await run('sh', '-c', `. '${after}/bin/activate' && printf %s "$VIRTUAL_ENV"`);
    expect(activated.stdout).toBe(after);
    expect(await ww('doctor', '-p', after)).toMatchObject({ code: 0 });
    expect(await ww('verify', '-p', after)).toMatchObject({ code: 0 });
    expect(await ww('repair', '-p', after)).toMatchObject({ code: 0, stdout: 'nothing to repair\n' });
  },
);

test.each(layouts)('the recipe for a moved environment of the layout %s keeps every package', async (layout) => {
  const { ww, after, dir, runTool, env } = await displaced(layout, 'moved');
  const { stdout } = await ww('doctor', '-p', after);
  const recipe = /make the environment again: (.*)\.$/m.exec(stdout)?.[1];
  const lines = [...recipe!.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
  expect(lines).toHaveLength(3);
  const before = (await ww('freeze', '-p', after)).stdout;
  const script = `set -e\nww() { '${process.execPath}' '${entry}' "$@"; }\n${lines.join('\n')}\n`;
  execFileSync('sh', ['-c', script], { cwd: dir, env, stdio: 'pipe' });
  expect((await ww('freeze', '-p', after)).stdout).toBe(before);
  for (const name of ['tool', 'byurl']) expect(runTool(name)).toBe(after);
  expect(await ww('doctor', '-p', after)).toMatchObject({ code: 0 });
});

// Every kind of damage to an environment, in every layout: `verify` names it, `doctor` says what to do, one `repair` puts
// it right or says precisely why it cannot, and Python works afterwards.
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createVenv, doctor, install, openTool, readSettings, repair, verify } from '../src/index.ts';

import { type Damage, type Layout, remove } from './damages.ts';
import { damagesOfItself } from './damages-of-itself.ts';
import { damagesOfPackages } from './damages-of-packages.ts';

for (const layout of ['own', 'shared', 'plain'] as const) {
  describe(`In the layout ${layout}`, () => {
    let place: Awaited<ReturnType<typeof prepare>>;
    beforeAll(async () => {
      place = await prepare(layout);
    });
    afterAll(() => remove(place.dir));
    test.each([...damagesOfItself, ...damagesOfPackages].filter(({ layouts }) => layouts?.includes(layout) ?? true))(
      '$what',
      async (damage) => {
        await tryDamage(place, damage);
      },
    );
  });
}

async function prepare(layout: Layout) {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'ww-test-')));
  const wheelsDir = path.join(dir, 'wheels');
  mkdirSync(wheelsDir);
  for (const name of ['one', 'two']) {
    const files = { [`${name}/__init__.py`]: `def main():\n    print("${name}")\n`, [`${name}/mod.py`]: 'x = 1\n' };
    writeWheel(wheelsDir, { name, files, entryPoints: { console_scripts: { [`run-${name}`]: `${name}:main` } } });
  }
  const [env, template, data] = ['env', 'template', 'data'].map((name) => path.join(dir, name)) as [
    string,
    string,
    string,
  ];
  const variables = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_INDEX: '1',
    PIP_FIND_LINKS: wheelsDir,
  };
  const settings = readSettings({ workingDir: dir, storeDir: path.join(dir, 'store'), dataDir: data }, variables);
  await using tool = openTool(settings);
  await createVenv(tool, { dir: env, layout });
  await install(tool, { environment: env, requirements: ['one', 'two'] });
  renameSync(env, template);
  return { dir, env, template, settings, layout };
}

async function tryDamage({ env, template, settings, layout }: Awaited<ReturnType<typeof prepare>>, damage: Damage) {
  remove(env);
  execFileSync('cp', ['-a', template, env]);
  const prefix = layout === 'plain' ? env : realpathSync(path.join(env, '.wheelwright/current'));
  const lib = path.join(prefix, 'lib');
  const site = path.join(lib, readdirSync(lib).find((name) => /^python3/.test(name))!, 'site-packages');
  await damage.does({ env, prefix, site, settings });
  const before = prefix === env || !existsSync(prefix) ? undefined : listing(prefix);

  await using tool = openTool(settings);
  const told = await complaint(tool, env);
  expect(told).not.toBe('');
  if (damage.names !== undefined) expect(told).toMatch(damage.names);
  const { findings } = await doctor(tool, { environment: env });
  const problems = findings.filter(({ severity }) => severity === 'problem');
  expect(problems.map(({ proposal }) => proposal).join('\n')).toMatch(/`ww |the version of wheelwright that made it/);
  if (damage.refuses !== undefined) {
    await expect(repair(tool, { environment: env })).rejects.toThrow(damage.refuses);
    return;
  }
  expect(problems.map(({ proposal }) => proposal).join('\n')).toContain(`\`ww repair -p ${env}\``);
  expect(await complaint(tool, env)).toBe(told); // what looks changes nothing
  expect(await repair(tool, { environment: env })).toMatchObject({ failed: [], left: [] });
  expect(await complaint(tool, env)).toBe('');
  // A live generation was not edited.
  if (before !== undefined && existsSync(prefix) && prefix !== realpathSync(path.join(env, '.wheelwright/current')))
    expect(listing(prefix)).toEqual(before);
  const imports = 'import one.mod, two, sys; print(one.mod.x, sys.prefix)';
  const worked = run('sh', '-c', `. ${env}/bin/activate; command -v python; run-one; run-two; python -c "${imports}"`);
  expect(worked).toBe(`${env}/bin/python\none\ntwo\n1 ${env}\n`);
  await install(tool, { environment: env, requirements: ['one', 'two'], forceReinstall: true });
  expect(await complaint(tool, env)).toBe('');
}

/** What `verify` says against it: a line each, or its error. */
async function complaint(tool: ReturnType<typeof openTool>, env: string): Promise<string> {
  try {
    const { problems } = await verify(tool, { environment: env });
    return problems.map(({ kind, path: file, owners }) => `${kind} ${file} (${owners.join(', ')})\n`).join('');
  } catch (error) {
    return (error as Error).message;
  }
}

/** Nothing that a link leads to is part of it. */
function listing(dir: string): string[] {
  return readdirSync(dir, { withFileTypes: true })
    .filter(({ name }) => name !== '__pycache__' && name !== '.committed')
    .flatMap((entry) => {
      const at = path.join(dir, entry.name);
      return entry.isDirectory() ? [at, ...listing(at)] : [`${at} ${lstatSync(at).size}`];
    })
    .sort();
}

function run(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', env: { PATH: process.env.PATH } });
}

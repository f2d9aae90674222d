// A change in place whose process died, and pip that wrote into it before anyone came by: every command that finds it
// finishes the change and tells what was kept.
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { nodeFs } from '@wheelwright/atomic-fs';
import { changeEnvironment } from '@wheelwright/installer';
import { normalizeName } from '@wheelwright/packaging';
import { crashingFs } from '@wheelwright/testkit/crashing-fs';
import { copyTree, temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { doctor, list, openTool, readSettings, recover, type ToolEvent } from '../src/index.ts';

const site = 'lib/python3.11/site-packages';
const mine = `${site}/guest/mine.py`;

/** A venv in which the removal of a package was decided, nothing of it done, and then something written into it. */
async function place() {
  const dir = temporaryDir();
  const [env, template] = [path.join(dir, 'env'), path.join(dir, 'template')];
  for (const name of ['bin', `${site}/guest`, `${site}/guest-1.0.dist-info`, 'include'])
    mkdirSync(path.join(template, name), { recursive: true });
  symlinkSync('/nonexistent/python3', path.join(template, 'bin/python'));
  writeFileSync(path.join(template, 'pyvenv.cfg'), 'home = /nonexistent\nversion = 3.11.0\n');
  const files = ['guest/__init__.py', 'guest-1.0.dist-info/METADATA', 'guest-1.0.dist-info/RECORD'];
  const texts = ['', 'Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n', files.map((file) => `${file},,\n`).join('')];
  for (const [index, file] of files.entries()) writeFileSync(path.join(template, site, file), texts[index]!);

  const remove = (fs: typeof nodeFs) =>
    changeEnvironment(env, { add: [], remove: [normalizeName('guest')] }, { fs, durability: 'none' });
  const counting = crashingFs(nodeFs);
  copyTree(template, env);
  await remove(counting);
  const decision = counting.operations.findIndex((line) => /^rename .*transaction\/journal/.test(line)) + 1;
  copyTree(template, env);
  await expect(remove(crashingFs(nodeFs, { crashAt: decision, how: 'after' }))).rejects.toThrow('crash');
  writeFileSync(path.join(env, mine), 'mine');

  const events: ToolEvent[] = [];
  const settings = readSettings({ workingDir: dir }, { PATH: '', HOME: dir });
  const tool = openTool(settings, { onEvent: (event) => void events.push(event) });
  return { env, tool, events };
}

test('A recovery that was asked for reports what it kept, and where; the doctor reminds of it.', async () => {
  const { env, tool } = await place();
  const { changed, others } = await recover(tool, { environment: env });
  expect(changed).toContain(`${site}/guest`);
  expect(others).toMatchObject({ displaced: [{ path: mine }], left: [], takenOut: [] });
  expect(readFileSync(others!.displaced[0]!.keptAt, 'utf8')).toBe('mine');
  expect(existsSync(path.join(env, site, 'guest'))).toBe(false);
  expect((await recover(tool, { environment: env })).others).toBeUndefined();
  const { findings } = await doctor(tool, { environment: env });
  expect(findings.find(({ kind }) => kind === 'kept-aside')?.text).toContain('.wheelwright/work/displaced');
});

test('the doctor and every command report a refused journal and what to do about it', async () => {
  const { env, tool, events } = await place();
  writeFileSync(path.join(env, '.wheelwright/work/journal'), 'atomic-fs-journal 7 0\n');
  const unfinished = async () =>
    (await doctor(tool, { environment: env })).findings.find((one) => one.kind === 'unfinished');
  expect(await unfinished()).toMatchObject({
    text: expect.stringContaining('was written by a newer version'),
    proposal: expect.stringContaining(`\`ww recover --discard -p ${env}\``),
  });
  await list(tool, { environment: env });
  const told = expect.stringMatching(/cannot be completed: .*newer version.*`ww recover --discard`/);
  expect(events).toMatchObject([{ event: 'warning', text: told }]);
  await recover(tool, { environment: env, discard: true });
  expect(await unfinished()).toBeUndefined();
  const { findings } = await doctor(tool, { environment: env });
  const kept = findings.filter(({ kind }) => kind === 'kept-aside');
  expect(kept).toMatchObject([{ severity: 'note', text: expect.stringContaining('.wheelwright/aside') }]);
});

test('A command that comes by tells it as it goes on.', async () => {
  const { env, tool, events } = await place();
  expect(await list(tool, { environment: env })).toEqual([]);
  expect(events).toMatchObject([
    { event: 'recovered', environment: env },
    { event: 'warning', text: expect.stringContaining(mine) },
  ]);
});

// Many processes on one environment that is changed in place: their changes take turns, and none is lost.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const names = ['one', 'two', 'three', 'four', 'five', 'six'];

test.each(['plain', 'target'])(
  'Six installs into one %s directory at once are all there, and six uninstalls',
  async (kind) => {
    const dir = temporaryDir();
    const links = path.join(dir, 'links');
    mkdirSync(links);
    for (const name of names) {
      // All of them share a namespace and a file of equal content.
      const files = { [`ns/${name}.py`]: name, 'ns/shared.txt': 'the same' };
      const { filename, bytes } = buildWheel({
        name,
        files,
        entryPoints: { console_scripts: { [name]: `ns.${name}:main` } },
      });
      writeFileSync(path.join(links, filename), bytes);
    }
    const { ww } = commandIn(dir, { PIP_FIND_LINKS: links });
    const env = path.join(dir, 'env');
    if (kind === 'plain') expect(await ww('venv', '--layout', 'plain', env)).toMatchObject({ code: 0 });
    const where = kind === 'plain' ? ['-p', env] : ['-t', env];
    const installs = await Promise.all(names.map((name) => ww('install', ...where, name)));
    expect(installs.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(names.map(() => 0));
    expect(await ww('verify', ...where)).toMatchObject({ code: 0 });
    const listed = await ww('list', ...where, '--format', 'freeze');
    expect(listed.stdout.trim().split('\n').sort()).toEqual(names.map((name) => `${name}==1.0`).sort());
    const uninstalls = await Promise.all(names.map((name) => ww('uninstall', ...where, name)));
    expect(uninstalls.map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual(names.map(() => 0));
    expect(existsSync(path.join(env, '.wheelwright'))).toBe(false);
    if (kind === 'target') expect(readdirSync(env)).toEqual([]);
  },
);

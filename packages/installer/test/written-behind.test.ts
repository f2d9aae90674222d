// pip takes no lock, and uv goes on without it after 300 s: here they write before, during and after a change.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { beforeEach, describe, expect, test } from 'vitest';
import { changeEnvironment, listGenerations, readInstalledState, verifyEnvironment } from '../src/index.ts';
import { makeEnvironment, readThrough, site, wheelTree } from './environments.ts';

let dir: string;
let env: string;
beforeEach(async () => {
  dir = temporaryDir();
  env = path.join(dir, 'env');
  mkdirSync(env);
  makeEnvironment(env);
  await changeEnvironment(env, { add: [wheel('one')], remove: [] }, { durability: 'none' });
});

const wheel = (name: string, version = '1.0') => wheelTree(path.join(dir, 'store'), name, { version });
const change = (fs: Fs = nodeFs) =>
  changeEnvironment(env, { add: [wheel('two')], remove: [] }, { fs, durability: 'none' });

/** `nodeFs`, with another process that acts just before or after a call that `when` picks. */
function disturbed(
  when: (call: keyof Fs, path: string) => boolean,
  act: () => void,
  moment: 'before' | 'after' = 'after',
): Fs {
  return new Proxy(nodeFs, {
    get(target, call: keyof Fs) {
      return (...words: unknown[]) => {
        const chosen = when(call, String(words[['rename', 'link', 'linkMany'].includes(call) ? 1 : 0]));
        if (chosen && moment === 'before') act();
        const result = (target[call] as (...given: unknown[]) => unknown)(...words);
        if (chosen && moment === 'after') act();
        return result;
      };
    },
  });
}
const switched = (call: keyof Fs, file: string) => call === 'rename' && file.endsWith('/current');
const written = (call: keyof Fs, file: string) => call === 'utimes' && file.endsWith('site-packages');

const generationDir = (number: number) => path.join(env, '.wheelwright', 'generations', String(number));
const put = (prefix: string, files: Record<string, string>) => {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(prefix, site, file)), { recursive: true });
    writeFileSync(path.join(prefix, site, file), text);
  }
};

/** The files that pip would write for a package `guest`, its RECORD last. */
const guest: Record<string, string> = {
  'guest/__init__.py': '',
  'guest/late.py': 'x = 1\n',
  'guest-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n',
  'guest-1.0.dist-info/INSTALLER': 'pip\n',
};
const record = Object.entries(guest).map(
  ([file, text]) => `${file},sha256=${createHash('sha256').update(text).digest('base64url')},${text.length}\n`,
);
guest['guest-1.0.dist-info/RECORD'] = `${record.join('')}guest-1.0.dist-info/RECORD,,\n`;
const [first, rest] = [
  Object.fromEntries(Object.entries(guest).slice(0, 2)),
  Object.fromEntries(Object.entries(guest).slice(2)),
];

describe('what another program writes', () => {
  test('before a change is adopted by it', async () => {
    put(generationDir(2), guest);
    await change();
    expect(readInstalledState(env).distributions.map(({ name }) => name)).toEqual(['guest', 'one', 'two']);
    expect(verifyEnvironment(env).problems).toEqual([]);
  });

  test('while the next generation is built makes it be built again', async () => {
    let times = 0;
    const fs = disturbed(written, () => {
      times += 1;
      if (times === 1) put(generationDir(2), guest);
    });
    expect(await change(fs)).toMatchObject({ generation: 3, committed: true });
    expect(times).toBe(2);
    expect(readInstalledState(env).distributions.map(({ name }) => name)).toEqual(['guest', 'one', 'two']);
    expect(verifyEnvironment(env).problems).toEqual([]);
  });

  test('without end is an error, and nothing is changed', async () => {
    let times = 0;
    const fs = disturbed(written, () => {
      times += 1;
      put(generationDir(2), { [`more-${times}.py`]: '' });
    });
    await expect(change(fs)).rejects.toMatchObject({ code: 'INSTALL_ENVIRONMENT_CHANGED', data: { committed: false } });
    expect(listGenerations(env).map(({ number }) => number)).toEqual([1, 2]);
    expect(readInstalledState(env).distributions.map(({ name }) => name)).toEqual(['one']);
  });

  test('in place of a file is seen like a new one', async () => {
    let times = 0;
    const fs = disturbed(written, () => {
      times += 1;
      if (times > 1) return;
      unlinkSync(path.join(generationDir(2), site, 'one/mod.py'));
      put(generationDir(2), { 'one/mod.py': 'x = 2\n' });
    });
    await change(fs);
    expect(readThrough(env)[`${site}/one/mod.py`]).toBe('x = 2\n');
  });

  test('or removes while it is being linked makes it be built again', async () => {
    const linking = (call: keyof Fs, file: string) =>
      (call === 'link' && file.endsWith('3/lib/python3.11/site-packages/one/mod.py')) ||
      (call === 'linkMany' && file.endsWith('3/lib/python3.11/site-packages/one'));
    const remove = () => rmSync(path.join(generationDir(2), site, 'one'), { recursive: true, force: true });
    expect(await change(disturbed(linking, remove, 'before'))).toMatchObject({ generation: 3 });
    expect(Object.keys(readThrough(env)).filter((file) => file.startsWith(`${site}/one/`))).toEqual([]);
  });

  test('across the switch is reported and taken over, when its rest is there already', async () => {
    const fs = disturbed(switched, () => {
      put(generationDir(2), first);
      put(generationDir(3), rest);
    });
    await expect(change(fs)).rejects.toMatchObject({
      code: 'INSTALL_ENVIRONMENT_CHANGED',
      data: { committed: true, written: [`${site}/guest`], result: { generation: 3 } },
    });
    expect(verifyEnvironment(env).problems).toEqual([]);
    expect(readThrough(env)).toMatchObject({ [`${site}/guest/late.py`]: 'x = 1\n' });
  });

  test('across the switch is taken over by the next change, when its rest came later', async () => {
    const fs = disturbed(switched, () => put(generationDir(2), first));
    await expect(change(fs)).rejects.toMatchObject({ code: 'INSTALL_ENVIRONMENT_CHANGED' });
    put(generationDir(3), rest);
    expect(verifyEnvironment(env).problems.map(({ kind }) => kind)).toEqual(['missing', 'missing']);
    await changeEnvironment(env, { add: [wheel('three')], remove: [] }, { durability: 'none' });
    expect(verifyEnvironment(env).problems).toEqual([]);
    expect(readInstalledState(env).distributions).toHaveLength(4);
  });

  test('as byte-code is everybody’s and no change', async () => {
    let number = 0;
    const fs = disturbed(
      (call) => call === 'mkdir' || call === 'link',
      () => {
        number += 1;
        put(generationDir(2), { [`one/__pycache__/mod.cpython-311.pyc.${number}`]: '', '__pycache__/x.pyc': '' });
      },
    );
    expect(await change(fs)).toMatchObject({ generation: 3, committed: true });
    expect(readdirSync(path.join(env, site))).not.toContain('__pycache__');
  });

  test('as a newer version is not lost while its RECORD is still to come', async () => {
    put(generationDir(2), guest);
    await change();
    const [distInfo, next] = ['guest-1.0.dist-info', 'guest-2.0.dist-info'];
    put(generationDir(3), {
      'guest/__init__.py': 'new\n',
      [`${next}/METADATA`]: guest[`${distInfo}/METADATA`]!.replace('1.0', '2.0'),
    });
    await changeEnvironment(env, { add: [wheel('three')], remove: [] }, { durability: 'none' });
    expect(readThrough(env)).toMatchObject({ [`${site}/guest/__init__.py`]: 'new\n' });
    put(generationDir(4), {
      [`${next}/RECORD`]: `guest/__init__.py,,\n${next}/METADATA,,\n${next}/RECORD,,\n`,
    });
    await changeEnvironment(env, { add: [wheel('four')], remove: [] }, { durability: 'none' });
    expect(readThrough(env)).toMatchObject({ [`${site}/guest/__init__.py`]: 'new\n' });
    const guests = readInstalledState(env).distributions.filter(({ name }) => name === 'guest');
    expect(guests.map(({ version }) => version)).toEqual(['2.0']);
  });

  const byteCode = 'one/__pycache__/mod.cpython-311.pyc';
  const replaceByteCode = () => {
    put(generationDir(2), { [`${byteCode}.1`]: 'new' });
    renameSync(path.join(generationDir(2), site, `${byteCode}.1`), path.join(generationDir(2), site, byteCode));
  };

  test.each([
    ['before the switch', written],
    ['across the switch', switched],
  ])('as byte-code %s leaves no older byte-code beside a newer source', async (_, moment) => {
    put(generationDir(2), { [byteCode]: 'old' });
    expect(await change(disturbed(moment, replaceByteCode))).toMatchObject({ generation: 3, committed: true });
    expect(readThrough(env)[`${site}/${byteCode}`]).toBeUndefined();
    expect(readThrough(env)[`${site}/one/mod.py`]).toBeDefined();
  });

  test('as byte-code of no directory that was changed leaves the byte-code where it is', async () => {
    put(generationDir(2), { [byteCode]: 'old' });
    await change();
    expect(readThrough(env)[`${site}/${byteCode}`]).toBe('old');
  });
});

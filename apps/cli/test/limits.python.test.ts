// Disks and processes at their limits: exit 8 in one sentence with the path, the environment and the out directory as they
// were, nothing over. The limits are the shell's (ulimit) and, where this machine lets us mount one, a small file system.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree } from '@wheelwright/testkit/trees';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const entry = fileURLToPath(new URL('../bin/ww.js', import.meta.url));
const mountable = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;

async function place() {
  const dir = temporaryDir();
  const { ww, run } = commandIn(dir, { TMPDIR: dir });
  const [one, two] = ['1.0', '2.0'].map((version) =>
    writeWheel(dir, { name: 'app', version, files: { 'app.py': `V = '${version}'\n# ${'x'.repeat(200_000)}\n` } }),
  ) as [string, string];
  const line = `ww() { "${process.execPath}" "${entry}" "$@"; };`;
  return {
    dir,
    one,
    two,
    ww,
    shell: (text: string) => run('bash', '-c', `${line} ${text}`),
    /** Paths that only work in progress has. */
    over: () =>
      ['store/staging', 'store/leases', 'store/builds', '.venv/.wheelwright/staging', '.venv/.wheelwright/trash', 'out']
        .map((name) => path.join(dir, name))
        .flatMap((name) => (existsSync(name) ? readdirSync(name).map((child) => path.join(name, child)) : []))
        // Builds that may be given back stay.
        .filter((name) => !name.endsWith('store/builds/kept')),
  };
}

const refusal = /^(?:(?:Resolved|Prepared|Building|Checking) [^\n]*\n)*ww: [^\n]*\/[^\n]*\.\n(?: {4}[^\n]+\.\n)*$/;

test('an environment and a venv stay unchanged when the file size limit is reached', async () => {
  const { one, two, ww, shell, over } = await place();
  for (const layout of ['own', 'plain']) {
    await ww('venv', '--layout', layout, layout);
    await ww('install', '-p', layout, one);
    for (const blocks of [0, 100]) {
      const failed = await shell(`ulimit -f ${blocks}; ww install -p ${layout} "${two}"`);
      expect(failed).toMatchObject({ code: 8, stdout: '', stderr: expect.stringMatching(refusal) });
      expect(await ww('list', '-p', layout, '--format', 'freeze')).toMatchObject({ stdout: 'app==1.0\n' });
    }
    expect(await ww('verify', '-p', layout)).toMatchObject({ code: 0 });
  }
  expect(over()).toEqual([]);
});

test('with too few descriptors a command works, or says so and leaves nothing', async () => {
  const { dir, one, two, ww, shell, over } = await place();
  writeBackendTree(path.join(dir, 'tree'));
  await ww('venv');
  await ww('install', one);
  // Fewer and fewer are left when Python is started with its pipes.
  for (const most of [21, 25, 29]) {
    for (const command of ['build --wheel -o out tree', `install --check imports "${two}"`]) {
      const { code, stderr } = await shell(`ulimit -n ${most}; ww ${command}`);
      // How many Node itself takes is its own affair.
      expect([0, 8]).toContain(code);
      if (code === 8) expect(stderr).toMatch(refusal);
      else expect(stderr).not.toMatch(/^\s+at /m);
    }
  }
  expect(over()).toEqual([]);
  expect(await shell(`ulimit -n 40; ww install "${two}"`)).toMatchObject({ code: 0 });
});

test.runIf(mountable)('on a full, a crowded and a read-only file system the environment stays as it was', async () => {
  const { dir, one, two, run } = { ...(await place()), run: commandIn(temporaryDir()).run };
  const script = `
    set -u; cd "${dir}"; mkdir disk; export HOME="$PWD" WHEELWRIGHT_STORE="$PWD/store"
    ww() { "${process.execPath}" "${entry}" "$@"; }
    for options in size=400k nr_inodes=90 ro; do
      mount -t tmpfs -o "\${options/ro/size=50m}" tmpfs disk
      ww venv -q disk/env >/dev/null; ww install -q -p disk/env "${one}" > /dev/null
      if [ $options = ro ]; then mount -o remount,ro disk; fi
      ww install -q -p disk/env "${two}" 2>&1; echo "$options $?"
      ww list -p disk/env --format freeze; ls disk/env/.wheelwright; ls disk/env/.wheelwright/generations
      umount disk
    done`;
  const { stdout, stderr } = await run('unshare', '-rm', 'bash', '-c', script);
  expect(stderr).toBe('');
  const sections = stdout.split(/(?<=generations\n1\n2\n)/);
  expect(sections.slice(0, 3).map((section) => section.replace(/^ww: [^\n]*disk\/env[^\n]*\.\n/, ''))).toEqual(
    ['size=400k', 'nr_inodes=90', 'ro'].map(
      (options) => `${options} 8\napp==1.0\ncurrent\nformat\ngenerations\n1\n2\n`,
    ),
  );
});

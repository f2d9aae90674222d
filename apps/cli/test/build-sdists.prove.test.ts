// Real sdists, each made a wheel by `ww wheel` and by pip, have the same content. Shared objects are compared without
// their debug information, which holds paths. What differs by the backend's own doing is named here.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { compareWheels, directorySink, hashFile, unpackWheel } from '@wheelwright/archives';
import { pinnedCommands } from '@wheelwright/testkit/pinned';
import { notTried, stated } from '@wheelwright/testkit/proof';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

const pins = readFileSync(
  fileURLToPath(new URL('../../../packages/testkit/pinned-sdists.txt', import.meta.url)),
  'utf8',
).split(/^(?=[a-z0-9])/m);
/** What a project needs beside a C compiler. */
const needs: Readonly<Record<string, string>> = { 'rpds-py': 'cargo', pyyaml: 'cc', greenlet: 'c++', contourpy: 'c++' };
/** Files that differ between two builds by one frontend too, and why. */
const ofTheBackend: readonly (readonly [file: RegExp, why: string])[] = [
  [/\.dist-info\/sboms\//, 'maturin puts the moment and a random number into its bill of materials'],
];
const stripped = /\.(so|pyd|dylib)$/;

for (const pin of pins.slice(1)) {
  const [requirement = ''] = pin.split(' ');
  const name = requirement.split('==')[0]!;

  test(`The wheel of ${requirement} from its sdist has the content of pip's.`, async () => {
    const program = needs[name];
    if (program !== undefined && spawnSync(program, ['--version']).error !== undefined) {
      notTried(`no ${program}`);
      return;
    }
    const dir = temporaryDir();
    const cargo = process.env.CARGO_HOME ?? path.join(homedir(), '.cargo');
    const rustup = process.env.RUSTUP_HOME ?? path.join(homedir(), '.rustup');
    const variables = { SOURCE_DATE_EPOCH: '1700000000', CARGO_HOME: cargo, RUSTUP_HOME: rustup };
    const { PIP_NO_INDEX: _, PIP_CONFIG_FILE: __, HOME: ___, ...env } = commandIn(dir, variables).env;
    const { ww } = commandIn(dir, { ...variables, HOME: homedir(), PIP_NO_INDEX: '0', PIP_CONFIG_FILE: '' });
    writeFileSync(path.join(dir, 'pins.txt'), pin);
    const words = ['wheel', '--no-deps', '--no-binary', name, '--require-hashes', '-r', 'pins.txt'];
    const ours = await ww(...words, '-w', 'ours');
    expect(ours, ours.stderr).toMatchObject({ code: 0 });
    const pip = path.join(pinnedCommands('pip'), 'pip');
    const byPip = (out: string) =>
      execFileSync(pip, [...words, '--no-cache-dir', '-w', out, '-q'], {
        cwd: dir,
        env: { ...env, HOME: homedir() },
        stdio: 'pipe',
      });
    byPip('theirs');
    const wheelOf = (side: string) => onlyWheel(path.join(dir, side));
    expect(path.basename(wheelOf('ours'))).toBe(path.basename(wheelOf('theirs')));
    let wrong = await differences(wheelOf('ours'), wheelOf('theirs'));
    if (wrong.length > 0) {
      // What two builds by pip do not have in common either is not ours.
      byPip('theirs-again');
      const own = await differences(wheelOf('theirs'), wheelOf('theirs-again'));
      if (own.length > 0) console.info(`${requirement}: two builds by pip differ too: ${own.join(', ')}`);
      wrong = wrong.filter((each) => !own.includes(each));
    }
    stated(1, 'sdists', wrong.length);
    expect(wrong).toEqual([]);
  });
}

/** What differs beyond RECORD, debug information and what is the backend's own doing. */
async function differences(a: string, b: string): Promise<string[]> {
  const found: string[] = [];
  for (const { path: file, kind } of await compareWheels(a, b)) {
    if (file.endsWith('/RECORD') || ofTheBackend.some(([each]) => each.test(file))) continue;
    if (kind !== 'content' || !stripped.test(file)) found.push(`${kind} ${file}`);
    else if ((await strippedHash(a, file)) !== (await strippedHash(b, file))) found.push(`code ${file}`);
  }
  return found;
}

function onlyWheel(dir: string): string {
  const wheels = readdirSync(dir).filter((file) => file.endsWith('.whl'));
  expect(wheels).toHaveLength(1);
  return path.join(dir, wheels[0]!);
}

async function strippedHash(wheel: string, file: string): Promise<string> {
  const dir = `${wheel}-unpacked`;
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir);
  await unpackWheel(wheel, directorySink(dir));
  // The build id is a hash of the debug information too.
  execFileSync('strip', ['--strip-debug', '--remove-section=.note.gnu.build-id', path.join(dir, file)]);
  return await hashFile(path.join(dir, file));
}

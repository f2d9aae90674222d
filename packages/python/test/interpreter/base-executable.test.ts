// The real interpreter behind a path, and the path by which environments name it.
import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { createEnvironment, findImageFaults, readEnvironment, readMakeup } from '../../src/index.ts';
import { findBaseExecutable, namedExecutable } from '../../src/interpreter/base-executable.ts';
import { fakeInterpreter } from '../interpreters.ts';

/** An interpreter at `opt/3.12.1/bin/python3.12`, and `opt/current`, a link to its directory. */
function place() {
  const dir = realpathSync(temporaryDir());
  const real = path.join(dir, 'opt/3.12.1/bin/python3.12');
  mkdirSync(path.dirname(real), { recursive: true });
  writeFileSync(real, '\x7fELF', { mode: 0o755 });
  symlinkSync('python3.12', path.join(path.dirname(real), 'python3'));
  symlinkSync('3.12.1', path.join(dir, 'opt/current'));
  const named = (at: string) => namedExecutable(path.join(dir, at), real);
  return { dir, real, named, current: path.join(dir, 'opt/current/bin/python3.12') };
}

test('a link among the directories stays in the name', () => {
  const { dir, real, named, current } = place();
  expect(named('opt/current/bin/python3.12')).toBe(current);
  expect(named('opt/3.12.1/bin/python3.12')).toBe(real);
  expect(findBaseExecutable(path.join(dir, 'opt/current/bin/python3'))).toBe(real);
});

test('the file of the name is that of the version, not one that may become another', () => {
  const { named, current } = place();
  expect(named('opt/current/bin/python3')).toBe(current);
});

test('a link to the file is followed to the directory that Python finds its library from', () => {
  const { dir, named, current } = place();
  mkdirSync(path.join(dir, 'bin'));
  symlinkSync('../opt/current/bin/python3.12', path.join(dir, 'bin/python3.12'));
  symlinkSync('python3.12', path.join(dir, 'bin/python'));
  expect(named('bin/python')).toBe(current);
});

test('an environment made from the python of another names what that one names', () => {
  const { dir, named, current } = place();
  mkdirSync(path.join(dir, 'env/bin'), { recursive: true });
  symlinkSync(current, path.join(dir, 'env/bin/python'));
  const cfg = `home = ${path.dirname(current)}\nversion = 3.12.1\n`;
  writeFileSync(path.join(dir, 'env/pyvenv.cfg'), cfg);
  expect(named('env/bin/python')).toBe(current);
});

test.each(['own', 'plain'] as const)(
  'an upgrade behind the link is followed, and is not damage (%s)',
  async (layout) => {
    const dir = realpathSync(temporaryDir());
    const older = fakeInterpreter(path.join(dir, '3.11.7'));
    const newer = fakeInterpreter(path.join(dir, '3.11.9'));
    symlinkSync('3.11.7', path.join(dir, 'current'));
    const throughLink = path.join(dir, 'current/base/bin/python3.11');
    const interpreter = { ...older, namedExecutable: namedExecutable(throughLink, older.executable) };
    expect(interpreter.namedExecutable).toBe(throughLink);
    const env = path.join(dir, 'env');
    const { environment } = await createEnvironment(env, { interpreter, layout });
    expect(environment.interpreterExecutable).toBe(older.executable);
    symlinkSync('3.11.9', path.join(dir, 'next'));
    renameSync(path.join(dir, 'next'), path.join(dir, 'current'));
    expect(readEnvironment(env).interpreterExecutable).toBe(newer.executable);
    expect(findImageFaults(readMakeup(env)!)).toEqual([]);
  },
);

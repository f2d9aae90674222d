// The small way in: wheel files into an environment.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect, test } from 'vitest';
import { installWheels, verifyEnvironment } from '../src/index.ts';
import { makeEnvironment, site } from './environments.ts';
import { makeVenv } from './prefixes.ts';

test.each([
  ['own', makeEnvironment],
  ['plain', makeVenv],
])('wheel files are installed, replaced and recorded (%s)', async (_layout, make) => {
  const dir = temporaryDir();
  const env = make(path.join(dir, 'env'));
  const wheel = (version: string) =>
    writeWheel(dir, { name: 'demo', version, files: { 'demo/__init__.py': `v = '${version}'\n` } });
  const temporary = temporaryDir();
  const options = { temporaryDir: temporary };
  expect(await installWheels(env, [wheel('1.0')], options)).toMatchObject({ installed: [{ name: 'demo' }] });
  expect(await installWheels(env, [wheel('2.0')], options)).toMatchObject({ upgraded: [{ from: '1.0', to: '2.0' }] });
  expect(await installWheels(env, [path.join(dir, 'demo-2.0-py3-none-any.whl')])).toMatchObject({ committed: false });
  expect(readFileSync(path.join(env, site, 'demo/__init__.py'), 'utf8')).toBe("v = '2.0'\n");
  expect(readFileSync(path.join(env, site, 'demo-2.0.dist-info/direct_url.json'), 'utf8')).toContain('demo-2.0');
  expect(verifyEnvironment(env).problems).toEqual([]);
  expect(readdirSync(temporary)).toEqual([]);
});

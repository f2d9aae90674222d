// The report that began this project: `jax[cuda12_pip]==0.4.23 --find-links PAGE`. The extra names a wheel that only the
// page has, whose version has a local part, beside wheels of libraries that share a directory.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { buildWheel, type WheelOptions } from '@wheelwright/testkit/wheels';
import { expect, onTestFinished, test } from 'vitest';
import { commandIn } from '../../apps/cli/test/run-ww.ts';

const cuda12 = ['jaxlib==0.4.23+cuda12.cudnn89', 'nvidia-cublas-cu12>=12.2.5.6', 'nvidia-cudnn-cu12~=8.9'];
const packages: WheelOptions[] = [
  {
    name: 'jax',
    version: '0.4.23',
    requiresDist: [
      'jaxlib==0.4.23; extra == "cpu"',
      ...cuda12.map((requirement) => `${requirement}; extra == "cuda12-pip"`),
      'jaxlib==0.4.23+cuda11.cudnn86; extra == "cuda11-pip"',
    ],
  },
  { name: 'nvidia-cublas-cu12', version: '12.3.4.1' },
  { name: 'nvidia-cudnn-cu12', version: '8.9.7.29' },
  { name: 'nvidia-cudnn-cu12', version: '9.0.0.312' },
];
const builds = ['0.4.23+cuda11.cudnn86', '0.4.23+cuda12.cudnn89', '0.4.24+cuda12.cudnn89'];

/** An index of the packages, and a page of links to the builds of jaxlib. */
async function place() {
  const index = await startIndexServer();
  const page = await startIndexServer();
  onTestFinished(async () => void (await Promise.all([index.close(), page.close()])));
  const offer = (server: typeof index, options: WheelOptions) => {
    const { filename, bytes } = buildWheel(options);
    server.add({ filename, data: bytes, project: options.name });
  };
  for (const options of packages) {
    const module = options.name.split('-')[1] ?? 'jax';
    const shared = { 'nvidia/__init__.py': '', [`nvidia/${module}/__init__.py`]: `version = '${options.version}'\n` };
    const own = { 'jax/__init__.py': 'import jaxlib, nvidia.cublas, nvidia.cudnn\n' };
    offer(index, { ...options, files: options.name === 'jax' ? own : shared });
  }
  offer(index, { name: 'jaxlib', version: '0.4.23', files: { 'jaxlib.py': "build = '0.4.23'\n" } });
  for (const version of builds)
    offer(page, { name: 'jaxlib', version, files: { 'jaxlib.py': `build = '${version}'\n` } });
  const dir = temporaryDir();
  const links = `${page.indexUrl.replace(/\/*$/, '')}/jaxlib/`;
  return { dir, links, ...commandIn(dir, { PIP_NO_INDEX: '', PIP_INDEX_URL: index.indexUrl }) };
}

test('an extra is installed from a page of links, in the build that its local version names', async () => {
  const { dir, links, ww } = await place();
  expect(await ww('venv', 'env')).toMatchObject({ code: 0 });
  const asked = ['--find-links', links, 'jax[cuda12_pip]==0.4.23'];
  expect(await ww('install', '-p', 'env', ...asked)).toMatchObject({
    code: 0,
    stdout:
      '+ jax 0.4.23\n+ jaxlib 0.4.23+cuda12.cudnn89\n+ nvidia-cublas-cu12 12.3.4.1\n+ nvidia-cudnn-cu12 8.9.7.29\n',
  });
  const code = 'import jax, jaxlib, nvidia.cudnn; print(jaxlib.build, nvidia.cudnn.version)';
  const printed = execFileSync(path.join(dir, 'env', 'bin', 'python'), ['-c', code], { encoding: 'utf8' });
  expect(printed).toBe('0.4.23+cuda12.cudnn89 8.9.7.29\n');
  // Another extra of the same release takes the other build in its place.
  expect(await ww('install', '-p', 'env', '--find-links', links, 'jax[cuda11_pip]==0.4.23')).toMatchObject({
    code: 0,
    stdout: '~ jaxlib 0.4.23+cuda12.cudnn89 -> 0.4.23+cuda11.cudnn86\n',
  });
  // Both builds at once are refused, and nothing changes.
  const site = path.join(dir, 'env', 'lib', readdirSync(path.join(dir, 'env', 'lib'))[0]!, 'site-packages');
  const before = readdirSync(site);
  const both = await ww('install', '-p', 'env', '--find-links', links, 'jax[cuda11_pip,cuda12_pip]==0.4.23');
  expect(both.code).toBe(4);
  expect(both.stderr).toContain('jaxlib==0.4.23+cuda11.cudnn86');
  expect(both.stderr).toContain('jaxlib==0.4.23+cuda12.cudnn89');
  expect(readdirSync(site)).toEqual(before);
});

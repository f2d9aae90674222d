import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { refuseUnintended } from '../../src/requirements/intended-requirement.ts';

test.each([
  [['pyproject.toml'], '-r pyproject.toml'],
  [['sub/pyproject.toml'], 'Write sub to install'],
  [['setup.py'], 'Write . to install'],
  [['requirements.txt'], '-r requirements.txt'],
  [['requirements-dev.txt'], '-r requirements-dev.txt'],
  [['dev-requirements.in'], '-r dev-requirements.in'],
  [['pins.txt'], '-r pins.txt'],
  [['pylock.toml'], 'ww sync pylock.toml'],
  [['pylock.dev.toml'], 'ww sync pylock.dev.toml'],
  [['uv.lock'], 'pylock.toml'],
  [['requests@2.31'], 'requests==2.31'],
  [['requests[socks] @ 2.31.0'], 'requests[socks]==2.31.0'],
  [['requests@latest'], '-U requests'],
  [['requests=2.31'], 'requests==2.31'],
  [['pip', 'install', 'flask'], 'ww install flask'],
  [['uv', 'pip', 'install', 'flask'], 'ww install flask'],
  [
    ['install', 'flask', 'jinja2'],
    'Write ww install flask jinja2; if you mean the package of that name, write install>=0',
  ],
  [['i', 'flask'], 'ww install flask'],
  [['add', 'flask'], 'ww install flask'],
  [['install'], 'ww install NAME'],
  [['uninstall', 'flask'], 'ww remove flask'],
  [['ww', 'install', 'flask'], 'Write ww install flask.'],
])('%j is answered with %s', (requirements, says) => {
  const workingDir = temporaryDir();
  mkdirSync(path.join(workingDir, 'sub'));
  for (const name of ['pins.txt', 'sub/pyproject.toml']) writeFileSync(path.join(workingDir, name), '');
  expect(() => refuseUnintended(requirements, workingDir)).toThrow(
    expect.objectContaining({ code: 'WHEELWRIGHT_USAGE', hint: expect.stringContaining(says) }),
  );
});

test.each([
  'ruamel.yaml',
  'discord.py',
  'zope.interface',
  'install>=0',
  'build',
  'ww',
  'pip',
  'six==1.0',
  'a===1',
  'a @ file:///a.whl',
  './setup.whl',
])('%s is a requirement', (text) => {
  expect(() => refuseUnintended([text], temporaryDir())).not.toThrow();
});

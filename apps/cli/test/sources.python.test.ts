// Everything that is not a wheel becomes one on the way into an environment: sdists, directories, repositories.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { startIndexServer } from '@wheelwright/testkit/index-server';
import { writeSdist } from '@wheelwright/testkit/sdists';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { type BackendTreeOptions, writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commandIn } from './run-ww.ts';

/** The files of a tree with a backend of their own. */
function treeFiles(options: BackendTreeOptions): Record<string, string> {
  const dir = writeBackendTree(temporaryDir(), options);
  const files = readdirSync(dir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files.map((entry) => {
      const file = path.join(entry.parentPath, entry.name);
      return [path.relative(dir, file), readFileSync(file, 'utf8')];
    }),
  );
}

/** An sdist of such a tree; its PKG-INFO leaves the requirements to the backend unless it is static. */
function sdistIn(dir: string, options: BackendTreeOptions, pkgInfo?: string): string {
  const { name = 'demo', version = '1.0' } = options;
  mkdirSync(dir, { recursive: true });
  return writeSdist(dir, { name, version, files: treeFiles({ ...options, name, version }), pkgInfo });
}

async function place() {
  const dir = temporaryDir();
  const command = commandIn(dir);
  expect(await command.ww('venv')).toMatchObject({ code: 0 });
  const links = path.join(dir, 'links');
  mkdirSync(links);
  const packages = () => path.join(dir, '.venv', 'lib', pythonDir(dir), 'site-packages');
  return { dir, links, packages, ...command };
}

function pythonDir(dir: string): string {
  return readdirSync(path.join(dir, '.venv', 'lib')).find((name) => name.startsWith('python'))!;
}

function git(dir: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.invalid', '-c', 'protocol.file.allow=always'];
  const env = { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', [...identity, ...args], { cwd: dir, encoding: 'utf8', env, stdio: 'pipe' }).trim();
}

/** A repository that holds `files`; gives its URL for requirements. */
function repository(dir: string, files: Record<string, string>): string {
  writeTree(dir, files);
  git(dir, 'init', '-q', '-b', 'main');
  git(dir, 'add', '.');
  git(dir, 'commit', '-qm', 'one');
  return `git+${pathToFileURL(dir).href}`;
}

describe('an sdist', () => {
  test('of find-links is built, with what it requires, and a wheel of the same version is preferred', async () => {
    const { links, ww } = await place();
    sdistIn(links, { name: 'app', requiresDist: ['lib'] });
    sdistIn(links, { name: 'lib', version: '2.0' });
    sdistIn(links, { name: 'lib', version: '1.0', behaviour: { build_wheel: 'raise' } });
    expect(await ww('install', '-f', links, 'app')).toMatchObject({ code: 0, stdout: '+ app 1.0\n+ lib 2.0\n' });
    writeWheel(links, { name: 'lib', version: '1.0' });
    expect(await ww('install', '-f', links, 'lib==1.0')).toMatchObject({ code: 0, stdout: '~ lib 2.0 -> 1.0\n' });
  });

  test('is built once, also where its backend asks for the time and its process number', async () => {
    const { links, ww, dir } = await place();
    const log = path.join(dir, 'log');
    const stamped = `
import os, time
import backend
from backend import *

def build_wheel(*args):
    with open(${JSON.stringify(log)}, 'a') as log:
        log.write('%d %f\\n' % (os.getpid(), time.time()))
    return backend.build_wheel(*args)
`;
    const project = '[build-system]\nrequires = []\nbuild-backend = "stamped"\nbackend-path = ["."]\n';
    const named = '\n[project]\nname = "demo"\nversion = "1.0"\n';
    const sdist = sdistIn(links, { files: { 'stamped.py': stamped, 'pyproject.toml': project + named } });
    for (const environment of ['one', 'two', 'three']) {
      expect(await ww('venv', environment)).toMatchObject({ code: 0 });
      expect(await ww('install', '-p', environment, sdist)).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
    }
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(1);
    // Of a tree the new time is wanted.
    execFileSync('tar', ['-xzf', sdist, '-C', dir]);
    for (const out of ['a', 'b'])
      expect(await ww('build', '--wheel', 'demo-1.0', '-o', out)).toMatchObject({ code: 0 });
    expect(readFileSync(log, 'utf8').trim().split('\n')).toHaveLength(3);
  });

  test.each(['by name', 'by path', 'as a directory'])(
    'whose backend prepares no metadata is built once, asked for %s',
    async (form) => {
      const { links, ww, dir } = await place();
      const marksDir = path.join(dir, 'marks');
      mkdirSync(marksDir);
      const project = { marksDir, missing: ['prepare_metadata_for_build_wheel'], declared: false };
      const sdist = sdistIn(links, project);
      const asked = {
        'by name': 'demo',
        'by path': sdist,
        'as a directory': writeTree(path.join(dir, 'tree'), treeFiles(project)),
      };
      for (const environment of ['one', 'two', 'three']) {
        expect(await ww('venv', environment)).toMatchObject({ code: 0 });
        const installed = await ww(
          'install',
          '-p',
          environment,
          '--no-index',
          '-f',
          links,
          asked[form as keyof typeof asked],
        );
        expect(installed).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
      }
      const hooks = readFileSync(path.join(marksDir, 'hooks'), 'utf8').split('\n');
      expect(hooks.filter((hook) => hook === 'build_wheel')).toHaveLength(1);
    },
  );

  test('is built or not as the formats say', async () => {
    const { links, ww, dir } = await place();
    sdistIn(links, { name: 'lib', version: '2.0' });
    writeWheel(links, { name: 'lib', version: '1.0' });
    for (const flags of [['--only-binary', ':all:'], ['--no-build'], ['--prefer-binary'], ['--only-binary=lib']])
      expect(await ww('install', '--dry-run', '-f', links, ...flags, 'lib')).toMatchObject({
        code: 0,
        stdout: 'would install lib 1.0\n',
      });
    expect(await ww('install', '--dry-run', '-f', links, '--no-binary', 'lib', 'lib<2')).toMatchObject({ code: 4 });
    writeFileSync(path.join(dir, 'r.txt'), '--only-binary :all:\nlib\n');
    expect(await ww('install', '--dry-run', '-f', links, '-r', 'r.txt')).toMatchObject({
      stdout: 'would install lib 1.0\n',
    });
    expect(await ww('install', '-f', links, '--no-binary', ':all:', 'lib')).toMatchObject({
      code: 0,
      stdout: '+ lib 2.0\n',
    });
  });

  test('whose PKG-INFO leaves nothing open is resolved without Python', async () => {
    const { links, ww, dir } = await place();
    const marks = path.join(dir, 'marks');
    mkdirSync(marks);
    const stated = 'Metadata-Version: 2.2\nName: app\nVersion: 1.0\nRequires-Dist: lib\n';
    sdistIn(links, { name: 'app', marksDir: marks, declared: false }, stated);
    writeWheel(links, { name: 'lib' });
    const { code, stdout } = await ww('install', '--dry-run', '-f', links, 'app');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'would install app 1.0\nwould install lib 1.0\n' });
    expect(readdirSync(marks)).toEqual([]);
  });

  test('is a file or at a URL, tar.gz or zip', async () => {
    const { dir, links, ww, run, packages } = await place();
    const tar = sdistIn(links, { name: 'tarred' });
    mkdirSync(path.join(dir, 'zipped-1.0'));
    writeBackendTree(path.join(dir, 'zipped-1.0'), { name: 'zipped' });
    const zip = path.join(dir, 'zipped-1.0.zip');
    expect(await run('python3', '-m', 'zipfile', '-c', zip, 'zipped-1.0')).toMatchObject({ code: 0 });
    expect(await ww('install', tar, zip)).toMatchObject({ code: 0, stdout: '+ tarred 1.0\n+ zipped 1.0\n' });
    const url = readFileSync(path.join(packages(), 'tarred-1.0.dist-info', 'direct_url.json'), 'utf8');
    expect(JSON.parse(url)).toMatchObject({ url: pathToFileURL(tar).href, archive_info: { hash: expect.any(String) } });
    const server = await startIndexServer({
      files: [tar, zip].map((file) => ({ filename: path.basename(file), data: readFileSync(file) })),
    });
    onTestFinished(() => server.close());
    await ww('uninstall', 'tarred', 'zipped');
    const at = (file: string) => new URL(server.filePath(path.basename(file)), server.indexUrl).href;
    expect(await ww('install', at(tar), `zipped @ ${at(zip)}`)).toMatchObject({ code: 0 });
  });

  test('with a name that is not an sdist name, and a project below its top', async () => {
    const { dir, ww } = await place();
    const files = Object.fromEntries(
      Object.entries(treeFiles({ name: 'inner' })).map(([name, text]) => [`py/${name}`, text]),
    );
    const archive = writeSdist(dir, {
      name: 'repo',
      files,
      pkgInfo: null,
      filename: 'main.tar.gz',
      topDir: 'repo-main',
    });
    const url = `${pathToFileURL(archive).href}#subdirectory=py`;
    expect(await ww('install', `inner @ ${url}`)).toMatchObject({ code: 0, stdout: '+ inner 1.0\n' });
    expect(await ww('install', `${pathToFileURL(archive).href}#subdirectory=none`)).toMatchObject({ code: 3 });
  });
});

describe('bad sources end in one sentence, and change nothing', () => {
  const cases: Readonly<Record<string, readonly [code: number, says: RegExp, requirement: (dir: string) => string]>> = {
    'an sdist of another name': [
      3,
      /lib/,
      (dir) => {
        const file = sdistIn(dir, { name: 'other' });
        cpSync(file, path.join(dir, 'lib-1.0.tar.gz'));
        return 'lib';
      },
    ],
    'an sdist of another version': [
      3,
      /9\.9|2\.0/,
      (dir) => {
        writeSdist(dir, { name: 'lib', version: '2.0', files: treeFiles({ name: 'lib', version: '9.9' }) });
        return 'lib==2.0';
      },
    ],
    'an sdist that builds another project': [
      5,
      /other/,
      (dir) => {
        sdistIn(dir, { name: 'lib', behaviour: { build_wheel: 'make-another-project' } });
        return 'lib';
      },
    ],
    'a build that fails': [
      5,
      /no luck/,
      (dir) => {
        sdistIn(dir, { name: 'lib', behaviour: { build_wheel: 'raise' } });
        return 'lib';
      },
    ],
    'metadata that fails': [
      5,
      /no luck/,
      (dir) => {
        sdistIn(dir, { name: 'lib', declared: false, behaviour: { prepare_metadata_for_build_wheel: 'raise' } });
        return 'lib';
      },
    ],
    'a directory without a project': [3, /project/, () => './links'],
    'a file that is not an archive': [
      3,
      /lib-1\.0/,
      (dir) => {
        writeFileSync(path.join(dir, 'lib-1.0.tar.gz'), 'x');
        return './links/lib-1.0.tar.gz';
      },
    ],
    'a repository that is not there': [9, /nowhere/, (dir) => `git+${pathToFileURL(path.join(dir, 'nowhere')).href}`],
    'a build that requires itself': [
      4,
      /lib/,
      (dir) => {
        sdistIn(dir, { name: 'lib', requires: ['lib'] });
        return 'lib';
      },
    ],
  };

  test.each(Object.entries(cases))('%s', async (_title, [code, says, write]) => {
    const { links, ww } = await place();
    const ended = await ww('install', '-f', links, write(links));
    expect(ended).toMatchObject({ code, stdout: '', stderr: expect.stringMatching(says) });
    expect(ended.stderr).toMatch(/^ww: \S[^\n]*\.$/m);
    expect(await ww('freeze')).toMatchObject({ code: 0, stdout: '' });
    expect(await ww('cache', 'verify')).toMatchObject({ code: 0 });
  });

  test('two sources for one name', async () => {
    const { dir, ww } = await place();
    for (const name of ['one', 'two']) writeBackendTree(path.join(dir, name), { name: 'demo' });
    expect(await ww('install', './one', './two')).toMatchObject({ code: 3, stderr: expect.stringContaining('demo') });
  });
});

describe.each([
  ['states in pyproject.toml', 'pyproject'],
  ['asks for in a hook', 'hook'],
])('two sdists that each need the other to be built, as each %s', (_how, where) => {
  /** Their metadata is static, so that both are chosen first and then built at the same time. */
  const write = (links: string) => {
    for (const [name, other] of [
      ['one', 'two'],
      ['two', 'one'],
    ] as const) {
      const files = treeFiles({ name, ...(where === 'hook' ? { requires: [other] } : {}) });
      if (where === 'pyproject')
        files['pyproject.toml'] = files['pyproject.toml']!.replace('requires = []', `requires = ["${other}"]`);
      writeSdist(links, { name, files, pkgInfo: `Metadata-Version: 2.2\nName: ${name}\nVersion: 1.0\n` });
    }
  };
  const refused = { code: 4, stdout: '', stderr: expect.stringMatching(/requires itself: .*one.*two|two.*one/) };

  test('by one command', async () => {
    const { links, ww } = await place();
    write(links);
    expect(await ww('install', '-f', links, 'one', 'two')).toMatchObject(refused);
    writeWheel(links, { name: 'one' });
    expect(await ww('install', '-f', links, 'one', 'two')).toMatchObject({ code: 0, stdout: '+ one 1.0\n+ two 1.0\n' });
  });

  test('by two commands at once', async () => {
    const { links, ww } = await place();
    write(links);
    const ended = await Promise.all(['one', 'two'].map((name) => ww('install', '--dry-run', '-f', links, name)));
    expect(ended).toMatchObject([{ code: 0 }, { code: 0 }]);
    const built = await Promise.all(['one', 'two'].map((name) => ww('wheel', '-f', links, '-w', 'out', name)));
    expect(built).toMatchObject([refused, refused]);
  });
});

describe('a repository', () => {
  test('by branch, tag, commit, short commit and default; checked out once', async () => {
    const { dir, ww, packages } = await place();
    const source = path.join(dir, 'source');
    const url = repository(source, treeFiles({ name: 'demo', version: '1.0' }));
    const first = git(source, 'rev-parse', 'HEAD');
    git(source, 'tag', '-a', 'v1', '-m', 'one');
    writeBackendTree(source, { name: 'demo', version: '2.0' });
    git(source, 'commit', '-qam', 'two');
    git(source, 'branch', 'next/one');
    for (const [revision, version] of [
      ['', '2.0'],
      ['@v1', '1.0'],
      ['@next/one', '2.0'],
      [`@${first}`, '1.0'],
      [`@${first.slice(0, 8)}`, '1.0'],
    ]) {
      expect(await ww('install', `${url}${revision}`)).toMatchObject({ code: 0 });
      expect(await ww('freeze')).toMatchObject({ stdout: expect.stringContaining('demo') });
      const found = readdirSync(packages()).filter((name) => name.endsWith('.dist-info'));
      expect(found).toEqual([`demo-${version}.dist-info`]);
      const text = readFileSync(path.join(packages(), `demo-${version}.dist-info`, 'direct_url.json'), 'utf8');
      expect(JSON.parse(text)).toMatchObject({ url: url.slice(4), vcs_info: { vcs: 'git' } });
    }
    expect(
      readdirSync(path.join(dir, 'store', 'checkouts')).filter((name) => !/\.(?:lock|lease)$/.test(name)),
    ).toHaveLength(2);
    expect(await ww('cache', 'size')).toMatchObject({ stdout: expect.stringMatching(/^checkouts +2 /m) });
    const missing = await ww('install', `${url}@nope`);
    expect(missing).toMatchObject({ code: 9, stderr: expect.stringContaining('no branch, tag or commit nope') });
    rmSync(source, { recursive: true });
    expect(await ww('install', '--force-reinstall', `demo @ ${url}@${first}`)).toMatchObject({ code: 0 });
    expect(await ww('cache', 'verify')).toMatchObject({ code: 0 });
    expect(await ww('cache', 'clean')).toMatchObject({ code: 0 });
    expect(readdirSync(path.join(dir, 'store', 'checkouts'))).toEqual([]);
  });

  test('with a subdirectory and a submodule', async () => {
    const { dir, ww, run } = await place();
    repository(path.join(dir, 'module'), { 'extra.py': 'value = 7\n' });
    const source = path.join(dir, 'source');
    const below = Object.entries(treeFiles({ name: 'demo' })).map(([name, text]) => [`py/${name}`, text]);
    const url = repository(source, Object.fromEntries(below));
    git(source, 'submodule', '--quiet', 'add', pathToFileURL(path.join(dir, 'module')).href, 'py/src/demo/sub');
    git(source, 'commit', '-qm', 'with a submodule');
    writeFileSync(path.join(dir, '.gitconfig'), '[protocol "file"]\n\tallow = always\n');
    expect(await ww('install', `${url}#subdirectory=py`)).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
    const program = 'import demo.sub.extra as e; print(e.value)';
    expect(await run(path.join(dir, '.venv/bin/python'), '-c', program)).toMatchObject({ stdout: '7\n' });
  });

  test('as a requirement of a wheel', async () => {
    const { dir, links, ww } = await place();
    const url = repository(path.join(dir, 'source'), treeFiles({ name: 'demo' }));
    const wheel = writeWheel(links, { name: 'user', requiresDist: [`demo @ ${url}`] });
    expect(await ww('install', wheel)).toMatchObject({ code: 0, stdout: '+ demo 1.0\n+ user 1.0\n' });
  });
});

describe.each(['own', 'shared', 'plain'])('an editable in the layout %s', (layout) => {
  test('is installed, seen, upgraded, listed, frozen, replaced and uninstalled', async () => {
    const dir = temporaryDir();
    const { ww, run } = commandIn(dir);
    expect(await ww('venv', '--layout', layout)).toMatchObject({ code: 0 });
    const tree = writeBackendTree(path.join(dir, 'tree'), { name: 'demo', requiresDist: [] });
    const version = async () =>
      (await run(path.join(dir, '.venv/bin/python'), '-c', 'import demo; print(demo.__version__)')).stdout.trim();
    expect(await ww('install', '-e', './tree')).toMatchObject({ code: 0, stdout: '+ demo 1.0\n' });
    writeFileSync(path.join(tree, 'src/demo/__init__.py'), '__version__ = "edited"\n');
    expect(await version()).toBe('edited');
    expect(await ww('list', '--format', 'freeze')).toMatchObject({ code: 0, stdout: expect.stringContaining('demo') });
    writeBackendTree(tree, { name: 'demo', version: '2.0' });
    writeFileSync(path.join(dir, 'r.txt'), '-e ./tree\n');
    expect(await ww('install', '-r', 'r.txt')).toMatchObject({ code: 0, stdout: '~ demo 1.0 -> 2.0\n' });
    expect(await ww('install', './tree')).toMatchObject({ code: 0 });
    expect(existsSync(path.join(dir, '.venv', 'lib', pythonDir(dir), 'site-packages', 'demo'))).toBe(true);
    expect(await ww('uninstall', 'demo')).toMatchObject({ code: 0, stdout: '- demo 2.0\n' });
    expect(await version()).toBe('');
    expect(await ww('verify')).toMatchObject({ code: 0 });
  });
});

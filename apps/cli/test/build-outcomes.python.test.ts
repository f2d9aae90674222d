// What `ww build` says and publishes: of failed builds, without isolation, for several Pythons, by short options. The
// backends of these trees lie in them, so that no index is needed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeBackendTree, writeTree } from '@wheelwright/testkit/trees';
import { expect, test } from 'vitest';
import { commandIn } from './run-ww.ts';

function make(variables: Readonly<Record<string, string>> = {}) {
  const dir = temporaryDir();
  return { dir, ...commandIn(dir, variables) };
}

/** A tree whose backend is `text`, with `wheel(directory, name, files)` at hand. */
function writeOwnBackend(dir: string, name: string, text: string): string {
  writeBackendTree(dir, { name });
  return writeTree(dir, {
    'pyproject.toml': `[build-system]
requires = []
build-backend = "own"
backend-path = ["."]
[project]
name = "${name}"
version = "1.0"
`,
    'own.py': `import backend, os, sys
def wheel(directory, files):
    return backend.write_wheel("build_wheel", directory, files)
${text}`,
  });
}

test('A failed build shows the end of its output, and keeps all of it where it says.', async () => {
  const { dir, ww } = make();
  const lines = 'for n in range(30): print("line", n)';
  writeOwnBackend(
    path.join(dir, 'tree'),
    'demo',
    `def build_wheel(*_):\n    ${lines}\n    sys.exit("error: no luck")\n`,
  );
  const ended = await ww('build', '-w', '--report', 'report.json', 'tree');
  expect(ended.code).toBe(5);
  expect(ended.stderr).toContain('ended with status 1 in build_wheel');
  expect(ended.stderr).toContain('and said: error: no luck.');
  expect(ended.stderr).toContain('    | line 29\n');
  expect(ended.stderr).not.toContain('line 3\n');
  const kept = /The whole output: (.*)/.exec(ended.stderr)![1]!;
  expect(readFileSync(kept, 'utf8')).toContain('line 3\n');
  const { error } = JSON.parse(readFileSync(path.join(dir, 'report.json'), 'utf8')).builds[0];
  expect(error).toMatchObject({
    output: expect.stringContaining('line 29'),
    outputPath: expect.stringMatching(/log$/),
  });
});

test('the message of a failed hook has the last line of its exception, in --json too', async () => {
  const { dir, ww } = make();
  writeBackendTree(path.join(dir, 'tree'), { behaviour: { build_wheel: 'raise' } });
  const events = (await ww('build', '-w', '--json', 'tree')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(events.find(({ event }) => event === 'error')).toMatchObject({
    message: expect.stringContaining('ValueError: no luck in'),
    data: { traceback: expect.stringContaining('Traceback'), log: '' },
  });
});

test('Warnings that a backend prints are shown.', async () => {
  const { dir, ww } = make();
  const warn = 'import warnings; [warnings.warn("this is old", DeprecationWarning) for _ in range(3)]';
  writeOwnBackend(
    path.join(dir, 'tree'),
    'demo',
    `def build_wheel(d, *_):\n    import warnings; warnings.simplefilter("always"); ${warn}\n    return wheel(d, {"demo.py": b""})\n`,
  );
  const { code, stderr } = await ww('build', '-w', 'tree');
  expect(code).toBe(0);
  expect(stderr.match(/warning: DeprecationWarning: this is old/g)).toHaveLength(1);
});

test('a build that reads beside the tree works with and without a repository; a missing file hints at the strategy', async () => {
  const { dir, ww } = make();
  const text = `def build_wheel(d, *_):\n    return wheel(d, {"demo.txt": open("../../VERSION", "rb").read()})\n`;
  writeOwnBackend(path.join(dir, 'work', 'packages', 'tree'), 'demo', text);
  writeTree(path.join(dir, 'work'), { VERSION: '7' });
  expect(await ww('build', '-w', '-o=out', 'work/packages/tree')).toMatchObject({ code: 0 });
  expect(readdirSync(path.join(dir, 'out'))).toEqual(['.gitignore', 'demo-1.0-py3-none-any.whl']);
  writeOwnBackend(path.join(dir, 'lost'), 'demo', text.replace('../../VERSION', '../nowhere/VERSION'));
  expect(await ww('build', '-w', 'lost')).toMatchObject({ code: 5, stderr: expect.stringContaining("'in-place'") });
});

/** An environment as `python -m venv` makes it. */
async function makeVenv(dir: string, run: (command: string, ...args: string[]) => Promise<unknown>): Promise<string> {
  await run('python3', '-m', 'venv', '--without-pip', dir);
  return path.join(dir, 'bin', 'python');
}

/** A distribution as it is installed, in the environment of `python`. */
function addDistribution(env: string, name: string, version: string, requires: readonly string[] = []): void {
  const [lib] = readdirSync(path.join(env, 'lib'));
  const requirements = requires.map((text) => `Requires-Dist: ${text}\n`).join('');
  writeTree(path.join(env, 'lib', lib!, 'site-packages'), {
    [`${name}-${version}.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${requirements}`,
    [`${name}.py`]: `version = "${version}"\n`,
  });
}

test('Without isolation the environment that was named is looked through first, then used.', async () => {
  const { dir, ww, run } = make();
  const env = path.join(dir, 'env');
  const python = await makeVenv(env, run);
  addDistribution(env, 'helper', '1.5', ['deep>=2']);
  addDistribution(env, 'deep', '1.0');
  const tree = writeOwnBackend(
    path.join(dir, 'tree'),
    'demo',
    `import helper\ndef build_wheel(d, *_):\n    return wheel(d, {"demo.txt": helper.version.encode()})\n`,
  );
  const requires = (list: string) =>
    writeTree(tree, {
      'pyproject.toml': readFileSync(path.join(tree, 'pyproject.toml'), 'utf8').replace(
        /requires = .*/,
        `requires = ${list}`,
      ),
    });
  requires('["helper>=2", "absent", "never; python_version < \'3\'"]');
  const refused = await ww('build', '-wn', '-p', python, '-o', 'out', 'tree');
  expect(refused.code).toBe(4);
  expect(refused.stderr).toContain('helper>=2 (1.5 is installed)');
  expect(refused.stderr).toContain('absent (not installed)');
  expect(refused.stderr).not.toContain('never');
  expect(existsSync(path.join(dir, 'out'))).toBe(false);
  expect(await ww('build', '-wnx', '-p', python, '-o', 'out', 'tree')).toMatchObject({ code: 0 });
  requires('["helper"]');
  expect(await ww('build', '-wn', '-p', python, '-o', 'out', 'tree')).toMatchObject({
    code: 4,
    stderr: expect.stringContaining('deep>=2, which helper requires (1.0 is installed)'),
  });
});

test('Two sources that make one file differently in one directory: the second is refused, and reports tell what is there.', async () => {
  const { dir, ww } = make();
  for (const [name, content] of [
    ['one', '1'],
    ['two', '2'],
  ])
    writeOwnBackend(
      path.join(dir, name!),
      'demo',
      `def build_wheel(d, *_):\n    return wheel(d, {"demo.txt": b"${content}"})\n`,
    );
  const ended = await ww('build', '-w', '-j1', '-o', 'out', '--report', 'report.json', 'one', 'two');
  expect(ended).toMatchObject({ code: 6, stderr: expect.stringContaining('make different files of that name') });
  const built = JSON.parse(readFileSync(path.join(dir, 'report.json'), 'utf8')).builds.flatMap(
    ({ artifacts = [] }: { artifacts?: { path: string; sha256: string }[] }) => artifacts,
  );
  expect(built).toHaveLength(1);
  for (const artifact of built) {
    expect(createHash('sha256').update(readFileSync(artifact.path)).digest('hex')).toBe(artifact.sha256);
  }
});

test('Settings come from -C and from a JSON object.', async () => {
  const { dir, ww } = make();
  mkdirSync(path.join(dir, 'marks'));
  writeBackendTree(path.join(dir, 'tree'), { marksDir: path.join(dir, 'marks') });
  expect(await ww('build', '-w', '-C=a=b', '--config-json', '{"deep": {"x": [1]}}', 'tree')).toMatchObject({ code: 0 });
  expect(JSON.parse(readFileSync(path.join(dir, 'marks', 'settings'), 'utf8'))).toEqual({ a: 'b', deep: { x: [1] } });
  expect(await ww('build', '--config-json', '[]', 'tree')).toMatchObject({ code: 2 });
});

test('A store in the tree gets into no artifact.', async () => {
  const { dir, ww } = make({ WHEELWRIGHT_STORE: path.join(temporaryDir(), 'unused') });
  const tree = writeOwnBackend(
    path.join(dir, 'tree'),
    'demo',
    `def build_wheel(d, *_):\n    return wheel(d, {"names.txt": " ".join(sorted(os.listdir("."))).encode()})\n`,
  );
  const built = await ww('build', '-w', '--store', path.join(tree, '.cache'), '-o', 'out', 'tree');
  expect(built).toMatchObject({ code: 0 });
  expect(readFileSync(path.join(tree, '.cache', 'CACHEDIR.TAG'), 'utf8')).toContain('8a477f597d28d172789f06886806bc55');
  expect(readFileSync(built.stdout.trim(), 'latin1')).not.toContain('.cache');
});

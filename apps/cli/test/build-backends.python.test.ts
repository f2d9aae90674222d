// Every hook of every build backend that people use, in pinned versions: sdist, wheel from it, wheel, editable wheel,
// metadata, ten at once, and given back from the cache. A backend whose compiler is not on this machine is skipped by name.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { compareWheels } from '@wheelwright/archives';
import { type BackendProject, backendProjects } from '@wheelwright/testkit/backend-trees';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { pinnedStore, rustHomes } from './pinned-store.ts';
import { commandIn } from './run-ww.ts';

const projects = backendProjects.filter(({ needs }) => needs === undefined || isThere(needs));
const online = {
  ...(await pinnedStore('wheel', 'editables', ...new Set(projects.flatMap(({ requires }) => requires)))),
  ...rustHomes,
  // What a wheel states of times is the same for all of them.
  SOURCE_DATE_EPOCH: '1700000000',
};

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Without the bills of materials of maturin, which hold the moment and a number made by chance. */
async function differences(a: string, b: string) {
  return (await compareWheels(a, b)).filter(({ path: name }) => !name.includes('.dist-info/sboms/'));
}

/** A tree of the backend, with the command beside it. */
function place({ write }: BackendProject) {
  const dir = temporaryDir();
  const tree = path.join(dir, 'tree');
  write(tree);
  const files = () =>
    (readdirSync(tree, { recursive: true }) as string[]).filter((name) => !/^\.git\//.test(name)).sort();
  const artifact = (out: string, ending: string) => {
    const outDir = path.join(dir, out);
    const found = readdirSync(outDir).filter((name) => name.endsWith(ending));
    expect(found).toHaveLength(1);
    return path.join(outDir, found[0]!);
  };
  return { dir, tree, files, artifact, ...commandIn(dir, online) };
}

for (const project of backendProjects) {
  const skipped = !projects.includes(project);
  const title = skipped ? `${project.name} (skipped: no ${project.needs} on this machine)` : project.name;

  test.skipIf(skipped)(
    `${title}: sdist, wheel, editable wheel and metadata, and the tree stays as it was`,
    async () => {
      const { dir, tree, files, artifact, ww, run } = place(project);
      const before = files();
      expect(await ww('build', '-o', 'both', tree)).toMatchObject({ code: 0 });
      expect(await ww('build', '-w', '-o', 'direct', tree)).toMatchObject({ code: 0 });
      expect(path.basename(artifact('both', '.tar.gz'))).toBe(`demo-${project.version}.tar.gz`);
      expect(await differences(artifact('both', '.whl'), artifact('direct', '.whl'))).toEqual([]);
      const metadata = await ww('build', '--metadata', tree);
      expect(JSON.parse(metadata.stdout)).toMatchObject({ name: 'demo', version: project.version });
      expect(files()).toEqual(before);
      expect(await ww('build', '-e', '-o', 'editable', tree)).toMatchObject({ code: 0 });
      await ww('venv');
      const python = path.join(dir, '.venv', 'bin', 'python');
      for (const out of ['direct', 'editable']) {
        const wheel = artifact(out, '.whl');
        // An editable wheel of meson-python builds again as it is imported, with what built it.
        if (out === 'editable' && project.name === 'meson-python') continue;
        expect(await ww('install', '--no-deps', '--force-reinstall', wheel)).toMatchObject({ code: 0 });
        if (project.name.includes('cffi')) continue;
        expect(await run(python, '-c', 'import demo; print(demo.answer())')).toMatchObject({ code: 0, stdout: '42\n' });
      }
    },
  );

  test.skipIf(skipped)(`${title}: ten builds at once equal a lone one, and a later one is given back`, async () => {
    const { dir, tree, artifact, ww } = place(project);
    const build = (out: string, ...more: string[]) => ww('build', '-w', '-o', path.join(dir, out), ...more, tree);
    expect(await build('alone', '--no-build-cache')).toMatchObject({ code: 0 });
    const ended = await Promise.all(Array.from({ length: 10 }, (_, n) => build(`${n}`, '--no-build-cache')));
    expect(ended.map(({ code, stderr }) => (code === 0 ? '' : stderr)).filter(Boolean)).toEqual([]);
    for (let n = 0; n < 10; n += 1)
      expect(await differences(artifact('alone', '.whl'), artifact(`${n}`, '.whl'))).toEqual([]);
    expect(await build('kept', '--rebuild')).toMatchObject({ code: 0 });
    expect(await build('again', '--explain')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('Unchanged since an earlier build'),
    });
    expect(await differences(artifact('alone', '.whl'), artifact('again', '.whl'))).toEqual([]);
    expect(existsSync(path.join(tree, 'build'))).toBe(false);
  });
}

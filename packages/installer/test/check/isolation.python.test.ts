// What a check does to installed files reaches neither the live environment nor what it shares with others, in any layout,
// in a mount namespace and with copies, and refuses the change.
import { lstatSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { nodeFs, removeTree } from '@wheelwright/atomic-fs';
import { createEnvironment, findInterpreter } from '@wheelwright/python';
import { tryFindInterpreter } from '@wheelwright/testkit/find-python';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  type ChangeOptions,
  type CheckStaged,
  changeEnvironment,
  checkCommand,
  checkImports,
} from '../../src/index.ts';
import { type WheelTreeOptions, wheelTree } from '../environments.ts';
import { sharingIn } from '../sharing.ts';

const { PYTHONDONTWRITEBYTECODE: _, ...environment } = process.env;
const interpreter = await tryFindInterpreter(findInterpreter);

/** As on a machine without namespaces: the directory for their layers is missing. */
const withoutNamespaces = {
  ...nodeFs,
  mkdir: (dir: string, mode?: number) => (dir.endsWith('/layers') ? undefined : nodeFs.mkdir(dir, mode)),
};

const layouts = ['own', 'plain', 'shared', 'target'] as const;

async function place(layout: (typeof layouts)[number], isolated: boolean) {
  const dir = realpathSync(temporaryDir());
  onTestFinished(() => removeTree(dir));
  const env = path.join(dir, 'env');
  const python = interpreter!.executable;
  if (layout !== 'target') await createEnvironment(env, { interpreter: interpreter!, layout });
  const wheel = (name: string, options: WheelTreeOptions = {}) => wheelTree(path.join(dir, 'store'), name, options);
  const given: ChangeOptions = {
    ...(layout === 'target' ? { target: { python } } : {}),
    ...(layout === 'shared' ? { sharing: sharingIn(path.join(dir, 'data')) } : {}),
    ...(isolated ? {} : { fs: withoutNamespaces }),
  };
  await changeEnvironment(env, { add: [wheel('old', { data: { 'data/share/old.txt': 'text' } })], remove: [] }, given);
  const change = (check: CheckStaged, name = 'fresh', options: WheelTreeOptions = {}) =>
    changeEnvironment(env, { add: [wheel(name, options)], remove: [] }, { ...given, check });
  return { dir, env, change };
}

/** Every file below `dir` with its content and mode; times, byte-code and what belongs to the work are left out. */
function picture(dir: string): Record<string, string> {
  const found: Record<string, string> = {};
  const visit = (directory: string) => {
    for (const name of readdirSync(path.join(dir, directory))) {
      const file = path.join(directory, name);
      const stats = lstatSync(path.join(dir, file));
      if (stats.isDirectory()) visit(file);
      else {
        const text = stats.isSymbolicLink()
          ? readlinkSync(path.join(dir, file))
          : readFileSync(path.join(dir, file), 'hex');
        found[file] = `${stats.mode} ${text}`;
      }
    }
  };
  visit('');
  return found;
}

/** Python that runs in the staged environment; `old` is an installed module, `make` a module that is new. */
const edits: Readonly<Record<string, string>> = {
  'an edit in place': 'os.chmod(old, 0o644); open(old, "a").write("edited")',
  'a removal': 'os.remove(old)',
  'a removal of what is new': 'os.remove(make)',
  'a change of mode': 'os.chmod(old, 0o777)',
  'another file in its place': 'open(old + ".new", "w").write("x"); os.replace(old + ".new", old)',
  'a truncation through a hard link':
    'os.link(old, old + ".other"); os.chmod(old + ".other", 0o644); os.truncate(old + ".other", 0)',
  'a removal of the whole package': 'shutil.rmtree(os.path.dirname(old))',
  'the whole package in a new directory': 'p = os.path.dirname(old); shutil.rmtree(p); os.mkdir(p); open(old, "w")',
  'an edit of data': 'd = os.path.join(data, "share", "old.txt"); os.chmod(d, 0o644); open(d, "w").write("x")',
};

const script = (edit: string) => `
import os, shutil, sys, sysconfig
import old.mod, fresh.mod
data = os.environ.get("VIRTUAL_ENV") or os.environ["PYTHONPATH"].split(os.pathsep)[0]
old, make = os.path.realpath(old.mod.__file__), os.path.realpath(fresh.mod.__file__)
if os.getuid() != 0:
    for at in [os.path.dirname(old), os.path.dirname(make)]:
        os.chmod(at, 0o755)
${edit}
`;

describe.skipIf(interpreter === undefined).each(layouts)('in the layout %s', (layout) => {
  describe.each([true, false])('in a mount namespace where there is one: %s', (isolated) => {
    test.each(Object.entries(edits))('%s refuses the change and reaches nothing that is live', async (_title, edit) => {
      const { dir, change } = await place(layout, isolated);
      const before = picture(dir);
      const check: CheckStaged = (staged) =>
        checkCommand(staged, 'python -c "$EDIT"', {
          environment: { ...environment, EDIT: script(edit) },
          cwd: '/',
          timeoutMs: 60_000,
        });
      await expect(change(check)).rejects.toMatchObject({
        code: 'INSTALL_CHECK_FAILED',
        data: { changed: expect.arrayContaining([expect.any(String)]) },
      });
      const after = picture(dir);
      for (const file of Object.keys(after)) if (/^store\/[^/]*\/fresh|\.lock$|^data\//.test(file)) delete after[file];
      for (const file of Object.keys(before)) if (/\.lock$|^data\//.test(file)) delete before[file];
      expect(after).toMatchObject(before);
      expect(Object.keys(after).filter((file) => !(file in before) && !file.startsWith('store/'))).toEqual([]);
    });

    test('an import that edits a package refuses the change', async () => {
      const { dir, change } = await place(layout, isolated);
      const before = picture(path.join(dir, 'env'));
      const files = {
        'worse.py': 'import os, old.mod\nat = os.path.realpath(old.mod.__file__)\nos.chmod(at, 0o644)\nopen(at, "w")\n',
      };
      const check: CheckStaged = (staged) => checkImports(staged, { environment, timeoutMs: 60_000 });
      await expect(change(check, 'worse', { files })).rejects.toMatchObject({ code: 'INSTALL_CHECK_FAILED' });
      expect(picture(path.join(dir, 'env'))).toMatchObject(before);
    });

    test('files that a check adds are no edit, and are gone afterwards', async () => {
      const { env, change } = await place(layout, isolated);
      const add =
        'open(old + ".cache", "w"); os.mkdir(os.path.dirname(make) + "/cache"); sys.dont_write_bytecode = False';
      const check: CheckStaged = (staged) =>
        checkCommand(staged, 'python -c "$EDIT"', {
          environment: { ...environment, EDIT: script(add) },
          cwd: env,
          timeoutMs: 60_000,
        });
      expect(await change(check)).toMatchObject({ committed: true });
      expect(Object.keys(picture(env)).filter((file) => /cache/.test(file))).toEqual([]);
    });
  });
});

// Changes of environments of every layout as something that is old before and new after: for a power cut at each call.
import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type Fs, nodeFs } from '@wheelwright/atomic-fs';
import type { PowerCutSubject } from '@wheelwright/testkit/power-cut';
import { trials } from '@wheelwright/testkit/proof';
import {
  adoptEnvironment,
  type ChangeOptions,
  changeEnvironment,
  type EnvironmentChange,
  needsRecovery,
  readInstalledState,
  recoverEnvironment,
  rollBack,
  verifyEnvironment,
} from '../src/index.ts';
import { clock, makeEnvironment, readThrough, readTree, site, wheelTree } from './environments.ts';
import { addGuest, makeVenv } from './prefixes.ts';
import { makeSharedEnvironment, sharingIn } from './sharing.ts';

/** A disk without waits: the model decides what a power cut leaves on it. */
export const quickFs: Fs = { ...nodeFs, fsync: () => undefined, syncFileSystem: () => true };

type Tree = Readonly<Record<string, string>>;

/** `wheelDir` is where the unpacked wheels lie: on another disk, so that they are copied. */
export function installerSubjects(wheelDir: string): readonly PowerCutSubject[] {
  const one = wheelTree(wheelDir, 'one', { scripts: { go: 'one.mod:main' }, data: { 'data/share/one.1': '1' } });
  const [two, newTwo] = ['1.0', '2.0'].map((version) =>
    wheelTree(wheelDir, 'two', {
      version,
      files: { 'two.py': `v = '${version}'\n`, 'ns/two.py': version === '1.0' ? 'old' : 'newer' },
    }),
  );
  const three = wheelTree(wheelDir, 'three', { data: { 'scripts/body': '#!python\n' }, scripts: { three: 'three:x' } });
  // An upgrade, a new one, and one that goes.
  const change: EnvironmentChange = { add: [newTwo!, three], remove: [one.name] };
  const options: ChangeOptions = { now: clock(720), keepGenerations: 9, fs: quickFs };
  const give = async (env: string, given: ChangeOptions) => {
    await changeEnvironment(env, { add: [one, two!], remove: [] }, { ...given, fs: quickFs, now: clock(710) });
  };

  return [
    subject('a change in the layout own', {
      make: async (env) => give(makeEnvironment(env), options),
      run: (fs, env) => changeEnvironment(env, (state) => still(change, state.distributions), { ...options, fs }),
      read: readThrough,
    }),
    subject('a rollback', {
      make: async (env) => {
        await give(makeEnvironment(env), options);
        await changeEnvironment(env, change, options);
      },
      run: (fs, env) => rollBack(env, 2, { fs, now: clock(730) }),
      read: readThrough,
    }),
    subject('a change in the layout shared', {
      make: (env, dir) => give(makeSharedEnvironment(env), { sharing: sharing(dir) }),
      run: (fs, env, dir) =>
        changeEnvironment(env, (state) => still(change, state.distributions), {
          ...options,
          sharing: sharing(dir),
          fs,
        }),
      read: (env) => ({ ...readTree(`${env}/bin/`), ...readTree(`${env}/lib/`), ...readTree(`${env}/share/`) }),
    }),
    subject('the first change of all in the layout shared', {
      make: (env) => makeSharedEnvironment(env),
      run: (fs, env, dir) =>
        changeEnvironment(env, { add: [three], remove: [] }, { ...options, sharing: sharing(dir), fs }),
      read: (env) => ({ ...readTree(`${env}/bin/`), ...readTree(`${env}/lib/`) }),
    }),
    subject('a change in place', {
      make: (env) => give(makeVenv(env), options),
      run: (fs, env) => changeEnvironment(env, (state) => still(change, state.distributions), { ...options, fs }),
      read: readInPlace,
      recovers: true,
    }),
    subject('an adoption', {
      make: async (env) => {
        addGuest(path.join(makeVenv(env), site), 'guest');
        await give(env, options);
      },
      run: (fs, env) => adoptEnvironment(env, { ...options, fs }),
      read: readInPlace,
      recovers: true,
    }),
  ];

  function sharing(dir: string) {
    return sharingIn(path.join(dir, 'data'), [one, two!, newTwo!, three]);
  }
}

interface Steps {
  make(env: string, dir: string): unknown;
  run(fs: Fs, env: string, dir: string): unknown;
  read(env: string): Tree;
  /** Whole only after a recovery; else with no recovery run. */
  readonly recovers?: boolean;
}

function subject(name: string, { make, run, read, recovers = false }: Steps): PowerCutSubject {
  const envOf = (dir: string) => path.join(dir, 'env');
  let [before, after]: Tree[] = [];
  let looks = 0;
  return {
    name,
    setUp: async (dir) => {
      mkdirSync(envOf(dir));
      await make(envOf(dir), dir);
      before = read(envOf(dir));
    },
    run: async (fs, dir) => {
      await run(fs, envOf(dir), dir);
      after ??= read(envOf(dir));
    },
    look: async (dir) => {
      const env = envOf(dir);
      if (recovers) await recoverEnvironment(env, { fs: quickFs });
      const found = sameAs(read(env), before!, after!);
      // The next command finds its way, and leaves nothing over. It takes longer than all the rest.
      looks += 1;
      if (looks % trials(4, 1) !== 0) return found;
      await run(quickFs, env, dir);
      if (sameAs(read(env), before!, after!) !== 'new') throw new Error('the next command did not finish');
      const problems = verifyEnvironment(env).problems.map(({ path: file, kind }) => `${kind} ${file}`);
      if (problems.length > 0) throw new Error(problems.join());
      if (needsRecovery(env)) throw new Error('still needs recovery');
      readInstalledState(env);
      const litter = readdirSync(env).filter((entry) => entry.endsWith('.partial'));
      if (litter.length > 0) throw new Error(`left ${litter}`);
      return found;
    },
  };
}

/** Without the lock file: what is in it is for people, and no process syncs it. */
function readInPlace(env: string): Tree {
  const { '.lock': _, ...tree } = readTree(env);
  return tree;
}

function sameAs(found: Tree, before: Tree, after: Tree): 'old' | 'new' {
  const differ = (other: Tree) =>
    [...new Set([...Object.keys(found), ...Object.keys(other)])].filter((name) => found[name] !== other[name]);
  if (differ(before).length === 0) return 'old';
  const [difference] = differ(after).map((name) => `${name} is ${JSON.stringify(found[name])}`);
  if (difference !== undefined) throw new Error(`neither old nor new: ${difference}`);
  return 'new';
}

/** What is left to do of it: what is gone cannot be removed again. */
function still(change: EnvironmentChange, present: readonly { readonly name: string }[]): EnvironmentChange {
  const names = new Set(present.map(({ name }) => name));
  return { ...change, remove: change.remove.filter((name) => names.has(name)) };
}

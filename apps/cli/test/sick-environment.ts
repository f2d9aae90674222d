// An environment with two packages for the tests of the recipes of `ww doctor`, and the way to follow a recipe.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { writeWheel } from '@wheelwright/testkit/wheels';
import { expect } from 'vitest';
import { commandIn } from './run-ww.ts';

const entry = path.resolve(import.meta.dirname, '../bin/ww.js');

interface Finding {
  readonly event: string;
  readonly kind: string;
  readonly severity: string;
  readonly proposal: string;
}
/** The environment, its surroundings, and what can be asked of them. */
export type Place = Awaited<ReturnType<typeof place>>;

interface PlaceOptions {
  readonly python?: string;
  readonly parent?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

/**
 * An environment with `one` and `two`, and wheels for them. It is in `parent`, by default a temporary directory that also
 * holds the store, at a path with a blank.
 */
export async function place(layout: string, { python = 'python3', parent, variables: more }: PlaceOptions = {}) {
  const dir = temporaryDir();
  const links = path.join(dir, 'links');
  mkdirSync(links);
  const inside = commandIn(dir, { PIP_FIND_LINKS: links, ...more });
  const { ww, env: variables } = inside;
  const code = 'def main():\n    print(__name__)\n';
  const add = (name: string, more: object = {}) =>
    writeWheel(links, { name, files: { [`${name}/__init__.py`]: code }, ...more });
  add('one', { entryPoints: { console_scripts: { one: 'one:main' } } });
  add('two');
  const env = path.join(parent ?? dir, 'an env');
  const made = await ww('venv', '--layout', layout, '-p', python, env);
  if (made.code !== 0) throw new Error(made.stderr);
  expect(await ww('install', '-p', env, 'one', 'two')).toMatchObject({ code: 0 });
  const at = (...words: readonly string[]) => path.join(realpathSync(env), ...words);
  return {
    ...inside,
    dir,
    env,
    at,
    add,
    site: () =>
      realpathSync(
        execFileSync(at('bin/python'), ['-c', 'import one; print(one.__path__[0])'], { encoding: 'utf8' }).trim() +
          '/..',
      ),
    prefix: () => (layout === 'plain' ? env : realpathSync(at('.wheelwright/current'))),
    async findings() {
      const { stdout } = await ww('doctor', '--json', '-p', env);
      const events = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Finding);
      return events.filter(({ event }) => event === 'finding');
    },
    /** Runs every command of a proposal in its order; gives how the last one ended, since some say that something is wrong. */
    follow(proposal: string) {
      const lines = [...proposal.matchAll(/`(ww [^`]+)`/g)].map((match) => match[1]);
      expect(lines).not.toEqual([]);
      const script = `ww() { '${process.execPath}' '${entry}' "$@"; }\n${lines.join('\n')}\n`;
      return spawnSync('sh', ['-c', script], { cwd: dir, env: variables, encoding: 'utf8' });
    },
  };
}

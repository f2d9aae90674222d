import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { describe, expect, test } from 'vitest';
import { activateScripts } from '../../src/image/activate-scripts.ts';

const shells = ['/bin/sh', '/bin/bash', '/bin/zsh'].filter((shell) => existsSync(shell));

/** Sources the script in `shell` and gives the lines that `commands` print. */
function inShell(shell: string, dir: string, prompt: string, commands: string, variables = ''): string[] {
  mkdirSync(dir, { recursive: true });
  for (const { name, data } of activateScripts(dir, prompt)) writeFileSync(path.join(dir, name), data);
  // Set by the shell itself: bash drops PS1, and reads start files, when it takes itself for a remote one.
  const before = `PATH=/usr/bin:/bin; PS1='$ '; export PYTHONHOME=/elsewhere; ${variables}`;
  const text = `${before}\nset -eu\n. "$1/activate"\n${commands}\n`;
  const answer = execFileSync(shell, ['-c', text, 'sh', dir], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return answer.trimEnd().split('\n');
}

const show = 'printenv VIRTUAL_ENV PYTHONHOME || true; printf "%s\\n" "$PATH" "$PS1|"';

describe.each(shells)('%s', (shell) => {
  test('active, the environment comes first and is named', () => {
    const dir = path.join(temporaryDir(), "it's $HOME", 'env');
    const lines = inShell(shell, dir, 'pro"mpt', `${show}; echo "$VIRTUAL_ENV_PROMPT"`);
    expect(lines).toEqual([dir, `${dir}/bin:/usr/bin:/bin`, '(pro"mpt) $ |', 'pro"mpt']);
  });

  test('deactivated, everything is as before', () => {
    const dir = path.join(temporaryDir(), 'env');
    const lines = inShell(shell, dir, 'env', `deactivate; ${show}; command -v deactivate || echo gone`);
    expect(lines).toEqual(['/elsewhere', '/usr/bin:/bin', '$ |', 'gone']);
  });

  test('activated twice, it is there once', () => {
    const dir = path.join(temporaryDir(), 'env');
    const lines = inShell(shell, dir, 'env', `. "$1/activate"; ${show}`);
    expect(lines).toEqual([dir, `${dir}/bin:/usr/bin:/bin`, '(env) $ |']);
  });

  test('with VIRTUAL_ENV_DISABLE_PROMPT the prompt stays', () => {
    const dir = path.join(temporaryDir(), 'env');
    const lines = inShell(shell, dir, 'env', show, 'VIRTUAL_ENV_DISABLE_PROMPT=1');
    expect(lines).toEqual([dir, `${dir}/bin:/usr/bin:/bin`, '$ |']);
  });
});

test('fish and csh get scripts of their own, with the directory quoted for them', () => {
  const scripts = new Map(activateScripts("/a'b\\c!", 'p').map(({ name, data }) => [name, data]));
  expect(scripts.get('activate.fish')).toContain("set -gx VIRTUAL_ENV '/a\\'b\\\\c!'\n");
  expect(scripts.get('activate.csh')).toContain("setenv VIRTUAL_ENV '/a'\\''b\\c\\!'\n");
});

// The completion scripts hold every command and option, and bash completes with them.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { completionScript } from '../../src/commands/completion.ts';
import { createProgram } from '../../src/program.ts';

test.each(['bash', 'zsh', 'fish'] as const)('the script for %s names every command and every long option', (shell) => {
  const names = createProgram().commands.flatMap((command) => [
    command.name(),
    ...command.options.map(({ long }) => (shell === 'fish' ? `-l ${long!.slice(2)}` : long!)),
  ]);
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !completionScript(shell, createProgram()).includes(name))).toEqual([]);
});

test.each([
  ['ww ins', ['install']],
  ['ww cache pr', ['prune']],
  ['ww -q venv --lay', ['--layout']],
  ['ww venv --layout sh', ['shared']],
  ['ww i --force', ['--force-reinstall']],
])('bash completes %j', (line, expected) => {
  const file = path.join(temporaryDir(), 'ww.bash');
  writeFileSync(file, completionScript('bash', createProgram()));
  const words = line.split(' ');
  const program = `
    source ${file}
    compopt() { :; }
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}) COMP_CWORD=${words.length - 1}
    _ww && printf '%s\\n' "\${COMPREPLY[@]}"`;
  const completed = execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' });
  expect(completed.trim().split('\n')).toEqual(expected);
});

// Recognises arguments of `ww install` that are not requirements, such as a file name, and says what to write instead. Such
// a text is never looked up on an index, where someone may have registered that name.
import { statSync } from 'node:fs';
import path from 'node:path';
import { WheelwrightError } from '../tool/wheelwright-error.ts';

/** Files of Python projects, and how each is given to the command. */
const projectFiles: readonly (readonly [
  name: RegExp,
  isCalled: string,
  write: (file: string, dir: string) => string,
])[] = [
  [
    /^pyproject\.toml$/,
    "a project's file",
    (file, dir) => `Write ${dir} to install the project, or -r ${file} to install only what it depends on.`,
  ],
  [/^setup\.(?:py|cfg)$/, "a project's file", (_file, dir) => `Write ${dir} to install the project.`],
  [/^pylock(?:\.[^.]+)?\.toml$/, 'a lock file', (file) => `Write ww sync ${file}, or ww install -r ${file}.`],
  [
    /^(?:uv|poetry|pdm)\.lock$/,
    'the lock file of another tool',
    () => 'Export it as pylock.toml, then ww sync pylock.toml.',
  ],
  [
    /^Pipfile(?:\.lock)?$/,
    'a file of pipenv',
    () => 'Write pipenv requirements > requirements.txt, then -r requirements.txt.',
  ],
  [/^environment\.ya?ml$/, 'a file of conda', () => 'conda reads it: conda env create.'],
  [
    /^[^/]*requirements[^/]*\.(?:txt|in)$|^[^/]*constraints[^/]*\.(?:txt|in)$/,
    'a requirements file',
    (file) => `Write -r ${file}.`,
  ],
];

/**
 * Throws WHEELWRIGHT_USAGE if arguments are clearly not meant as requirements. Relative paths are relative to `workingDir`.
 */
export function refuseUnintended(requirements: readonly string[], workingDir: string): void {
  if (/^(?:uv[ \t]+)?(?:pip3?|uv)$/.test(requirements[0] ?? '') && /^(?:pip|install|sync)$/.test(requirements[1] ?? ''))
    throw refused(
      `${requirements.slice(0, 2).join(' ')} is a command of another tool, not a requirement.`,
      `Write ww install ${requirements.slice(requirements[1] === 'pip' ? 3 : 2).join(' ')}.`,
    );
  if (/^(?:ww|wheelwright)$/.test(requirements[0] ?? '') && commandWords.has(requirements[1] ?? ''))
    throw refused('ww is written twice.', `Write ww ${requirements.slice(1).join(' ')}.`);
  if (commandWords.has(requirements[0] ?? '')) throw refusedCommand(requirements[0]!, requirements.slice(1));
  for (const text of requirements) {
    refuseFile(text, workingDir);
    refuseSpelling(text);
  }
}

/** Commands that are typed where requirements are meant. Names that users do install, such as `build`, are not among them. */
const commandWords = new Set(['install', 'i', 'add', 'uninstall']);

function refusedCommand(word: string, rest: readonly string[]): WheelwrightError {
  const line = `ww ${word === 'uninstall' ? 'remove' : 'install'} ${rest.length === 0 ? 'NAME' : rest.join(' ')}`;
  return refused(
    `${word} is a command, not a requirement.`,
    `Write ${line}; if you mean the package of that name, write ${word}>=0.`,
  );
}

function refuseFile(text: string, workingDir: string): void {
  const file = text.trim();
  const name = path.basename(file);
  const known = projectFiles.find(([pattern]) => pattern.test(name));
  const isFile = () => statSync(path.resolve(workingDir, file), { throwIfNoEntry: false })?.isFile() === true;
  if (known !== undefined && (name === file || isFile())) {
    const dir = path.dirname(file);
    throw refused(`${file} is ${known[1]}, not a requirement.`, known[2](file, dir === '.' ? '.' : dir));
  }
  if (/\.(?:txt|in|toml|lock|cfg)$/.test(name) && isFile())
    throw refused(`${file} is a file, not a requirement.`, `Write -r ${file}.`);
}

const name = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?:\[[^\]]*\])?`;
const version = `v?[0-9][A-Za-z0-9.!+*_-]*`;

function refuseSpelling(text: string): void {
  const at = new RegExp(`^\\s*(${name})\\s*@\\s*(${version}|latest)\\s*$`).exec(text);
  if (at !== null)
    throw refused(
      `${text} is not a valid way to name a version.`,
      at[2] === 'latest' ? `Write -U ${at[1]}.` : `Write ${at[1]}==${at[2]}.`,
    );
  const equals = new RegExp(`^\\s*(${name})\\s*=\\s*(${version})\\s*$`).exec(text);
  if (equals !== null)
    throw refused(`${text} has one "=" where a version needs two.`, `Write ${equals[1]}==${equals[2]}.`);
}

function refused(message: string, hint: string): WheelwrightError {
  return new WheelwrightError('WHEELWRIGHT_USAGE', message, { hint });
}

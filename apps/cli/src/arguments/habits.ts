// Answers to lines that are typed from the habit of pip, uv, pnpm and npm: each is the line of ours that does it.
import { shellLine } from 'wheelwright';
import { cacheActions } from '../definitions/cache-actions.ts';
import { translateOptions } from './option-habits.ts';

/** What to say to a line that ww does not have. */
export interface Answer {
  /** A sentence. */
  readonly text: string;
  /** The line to type, or a sentence where there is none. */
  readonly hint: string;
}

type Translate = (rest: readonly string[]) => readonly string[] | string;

const to =
  (...words: readonly string[]): Translate =>
  (rest) => [...words, ...rest];

function upgrade(rest: readonly string[]): readonly string[] | string {
  if (rest.some((word) => !word.startsWith('-'))) return ['install', '-U', ...rest];
  return '`ww list --outdated` says what is newer, `ww install -U NAME` takes it; with a lock: `ww lock -U && ww sync`.';
}

const searching = 'An index cannot be searched; `ww install NAME --dry-run` says what NAME is resolved to.';

/** What other tools call it; a text instead of a line says why there is none. */
const verbs: Readonly<Record<string, Translate>> = {
  update: upgrade,
  upgrade,
  up: upgrade,
  outdated: to('list', '--outdated'),
  why: to('tree', '--invert'),
  exec: to('run'),
  x: to('run'),
  dlx: ([name = 'NAME', ...rest]) => `ww venv .tool --with ${name} && ww run -p .tool ${shellLine([name, ...rest])}`,
  compile: (rest) => ['lock', ...rest.flatMap((word) => (/\.(txt|in)$/.test(word) ? ['-r', word] : [word]))],
  export: to('freeze'),
  inspect: () => ['list', '--format', 'json'],
  debug: () => ['doctor'],
  rebuild: () => ['repair'],
  prune: () => ['cache', 'prune'],
  purge: () => ['cache', 'clean'],
  create: to('venv'),
  activate: () => '. .venv/bin/activate',
  deactivate: () => 'deactivate',
  shell: () => ['run', 'sh'],
  tool: ([action, ...rest]) =>
    action === 'run' ? verbs.dlx!(rest) : ['venv', `.${rest[0] ?? 'tool'}`, '--with', rest[0] ?? 'NAME'],
  python: () => 'ww installs no Python; `ww venv -p 3.12` takes one that is on this machine.',
  init: () => 'Write pyproject.toml by hand; `ww build` and `ww lock` read it.',
  publish: () => '`ww build` makes the files; twine publishes them.',
  search: () => searching,
  index: () => searching,
  view: () => searching,
  deps: to('tree'),
  ci: to('sync'),
  restore: to('sync'),
  link: (rest) => ['install', '-e', ...(rest.length === 0 ? ['.'] : rest)],
  new: () => 'Write pyproject.toml by hand; `ww build` and `ww lock` read it.',
  'generate-shell-completion': to('completion'),
  test: () => ['run', 'pytest'],
  start: () => '`ww run COMMAND` runs a program of the environment.',
  audit: () => '`ww freeze > pins.txt`, and let pip-audit read that.',
  login: () => '--keyring-provider subprocess asks the program keyring; ~/.netrc is read too.',
  auth: () => '--keyring-provider subprocess asks the program keyring; ~/.netrc is read too.',
  config: () => 'ww reads the configuration of pip and the variables of pip and uv; `ww --help` lists its own.',
  self: () => 'npm install --global wheelwright@latest',
  hash: ([file = 'FILE']) => `sha256sum ${file}`,
};

/** The answer to a line whose first word is not a command of ww; undefined for one that is only misspelt. */
export function answerLine(argv: readonly string[]): Answer | undefined {
  const [program, words] = stripProgram(argv);
  const [verb, ...rest] = words;
  if (program === undefined && (verb === undefined || !Object.hasOwn(verbs, verb))) return undefined;
  const typed = program === undefined ? verb! : `${program}${verb === undefined ? '' : ` ${verb}`}`;
  if (verb === undefined || verb.startsWith('-'))
    return { text: `ww does what ${program} does, under its own name.`, hint: '`ww --help` lists the commands.' };
  const translated = translate(verb, rest);
  if (typeof translated === 'string') return { text: `ww has no ${typed.replace(/ dlx$/, '')}.`, hint: translated };
  return { text: `ww has its own line for ${typed}.`, hint: `Type: ww ${shellLine(translated)}` };
}

function translate(verb: string, rest: readonly string[]): readonly string[] | string {
  if (verb === 'cache') return ['cache', cacheActions[rest[0] ?? ''] ?? rest[0] ?? 'size'];
  const words = translateOptions(rest);
  return Object.hasOwn(verbs, verb) ? verbs[verb]!(words) : [verb, ...words];
}

/** `python -m pip install x` as `pip` and `install x`. */
function stripProgram(argv: readonly string[]): [program: string | undefined, rest: readonly string[]] {
  const line = argv.join(' ');
  const match =
    /^(?:python[\d.]* -m (?:pip|build|venv)|uv pip|uvx?|pip[\d.]*|pnpm|npm|npx|yarn|pipx?|poetry)(?= |$)/.exec(line);
  if (match === null) return [undefined, argv];
  const program = match[0];
  const rest = argv.slice(program.split(' ').length);
  if (program === 'uvx' || program === 'npx') return [program, ['dlx', ...rest]];
  if (program.endsWith(' build') || program.endsWith(' venv')) return [program, [program.split(' ').at(-1)!, ...rest]];
  return [program, rest];
}

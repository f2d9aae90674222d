// Lines that people type from the habit of pip, uv, pnpm and build: each does it, or names the line that does. A line that
// is named has to be one that the parser takes.
import { expect, test } from 'vitest';
import { answerLine } from '../../src/arguments/habits.ts';
import { answerOption } from '../../src/arguments/option-habits.ts';
import { commandFirst, splitShortValues } from '../../src/arguments/read-line.ts';
import { createProgram, definitionOf } from '../../src/program.ts';

/** Reads a line as the command does, without running it; the error that the parser ends with, if any. */
async function read(argv: readonly string[]): Promise<{ code: string; message: string } | undefined> {
  const [word = '', ...rest] = commandFirst(argv);
  const definition = definitionOf(word);
  const program = createProgram(definition);
  for (const command of program.commands) command.exitOverride().action(() => {});
  const options = definition === undefined ? [] : program.commands[0]!.options;
  const stopsAtFirst = definition?.passesThrough === true;
  try {
    await program.parseAsync([word, ...splitShortValues(rest, options, { stopsAtFirst })], { from: 'user' });
    return undefined;
  } catch (error) {
    return error as { code: string; message: string };
  }
}

/** The words of a line as a shell has them; quotes hold a word together. */
const wordsOf = (line: string) =>
  [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');

test.each([
  'install requests',
  'install requests==2.31.0 flask',
  'install -r requirements.txt',
  'install -U requests',
  'install --upgrade requests',
  'install .',
  'install -e .',
  'install ./dist/a-1.0-py3-none-any.whl',
  'install --no-deps requests',
  'install -i http://localhost/simple requests',
  'install --pre requests',
  'install -t vendor requests',
  'install --require-hashes -r requirements.txt',
  'install --only-binary :all: requests',
  '-q install requests',
  'i requests',
  'add requests',
  'uninstall -y requests',
  'remove requests',
  'rm requests',
  'list',
  'ls',
  'list --outdated',
  'list --format=json',
  'freeze',
  'show requests',
  'show -f requests',
  'tree',
  'tree --invert urllib3',
  'check',
  'download -d wheels requests',
  'wheel -w wheels .',
  'cache dir',
  'cache clean',
  'sync requirements.txt',
  'venv',
  'venv -p 3.12 .venv',
  'virtualenv env',
  'run pytest -q --json',
  'run -m pytest',
  'build',
  'build --sdist --wheel -o=dist .',
  'build -C=key=value .',
  'install --python .venv requests',
  'install -v requests',
  'install --no-cache-dir requests',
  'install --no-build-isolation .',
  'install -c constraints.txt requests',
  'install --break-system-packages requests',
  'uninstall -r requirements.txt',
  'uninstall -y -r requirements.txt',
  'un requests',
  'freeze --exclude pip --exclude-editable',
  'list --exclude pip',
  'list -e',
  'venv --seed',
  'venv --clear --system-site-packages --prompt x env',
  'store path',
  'cache purge',
  'cache info',
  'cache list',
  'help install',
  'explain FSLOCK_TIMEOUT',
  'undo',
])('ww %s does it', async (line) => {
  expect(await read(wordsOf(line))).toBeUndefined();
});

test.each([
  ['pip install requests', 'Type: ww install requests'],
  ['pip install --user requests', 'Type: ww install requests'],
  ['pip3 uninstall requests -y', 'Type: ww uninstall requests -y'],
  ['pip list --outdated', 'Type: ww list --outdated'],
  ['pip freeze', 'Type: ww freeze'],
  ['pip cache purge', 'Type: ww cache clean'],
  ['python -m pip install -r requirements.txt', 'Type: ww install -r requirements.txt'],
  ['python3 -m venv env', 'Type: ww venv env'],
  ['python -m build --wheel', 'Type: ww build --wheel'],
  ['uv pip install flask', 'Type: ww install flask'],
  ['uv pip sync requirements.txt', 'Type: ww sync requirements.txt'],
  ['uv pip install --system flask', 'Type: ww install -p "$(command -v python3)" --break-system-packages flask'],
  ['uv venv', 'Type: ww venv'],
  ['uv run pytest', 'Type: ww run pytest'],
  ['uv add flask', 'Type: ww add flask'],
  ['uv tree', 'Type: ww tree'],
  ['uvx ruff check', 'ww venv .tool --with ruff && ww run -p .tool ruff check'],
  ['pnpm why flask', 'Type: ww tree --invert flask'],
  ['pnpm outdated', 'Type: ww list --outdated'],
  ['update requests', 'Type: ww install -U requests'],
  ['update', /ww list --outdated/],
  ['self update', /^npm install --global wheelwright@latest$/],
  ['uvx --from black black', /ww venv \.tool --with/],
  ['pip install --timeout 60 --cache-dir=d -I requests', 'Type: ww install --store d --force-reinstall requests'],
  ['pip index versions requests', /--dry-run/],
  ['npm ci', 'Type: ww sync'],
  ['pnpm link', 'Type: ww install -e .'],
  ['deps', 'Type: ww tree'],
  ['python -m pip', /ww --help/],
  ['outdated', 'Type: ww list --outdated'],
  ['why urllib3', 'Type: ww tree --invert urllib3'],
  ['exec pytest', 'Type: ww run pytest'],
  ['inspect', 'Type: ww list --format json'],
])('ww %s names the line that does it', async (line, expected) => {
  const argv = wordsOf(line);
  expect(definitionOf(argv[0])).toBeUndefined();
  const { hint } = answerLine(argv)!;
  if (typeof expected === 'string') expect(hint).toBe(expected);
  else expect(hint).toMatch(expected);
  const named = /^Type: ww (.*)$/.exec(hint)?.[1];
  if (named !== undefined) expect(await read(wordsOf(named))).toBeUndefined();
});

test.each(
  `--user --system --prefix --root --no-input --reinstall --upgrade-package --timeout --retries --progress-bar
  --proxy --log --use-pep517 --ignore-installed -I --dev --frozen --offline --refresh --python-platform --all-extras`.split(
    /\s+/,
  ),
)('ww install %s is answered with what to write', async (option) => {
  expect((await read(['install', option, 'x']))?.code).toBe('commander.unknownOption');
  expect(answerOption(option)).toMatch(/^(Leave it out|Write |Set |Name each |Groups are named|`ww )/);
});

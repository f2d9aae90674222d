// Options of pip, uv and pnpm that no command here has: what to write for each, or why it is needless.
import { shellLine } from 'wheelwright';

/** Options that change nothing here, so that a translated line leaves them out; `true` those that take a value. */
const needless: Readonly<Record<string, boolean>> = {
  '--user': false,
  '--no-cache-dir': false,
  '--no-cache': false,
  '--no-input': false,
  '--disable-pip-version-check': false,
  '--no-warn-script-location': false,
  '--no-warn-conflicts': false,
  '--isolated': false,
  '--prefer-binary': false,
  '--no-python-downloads': false,
  '--use-pep517': false,
  '--all': false,
  '--local': false,
  '-l': false,
  '--no-progress-bar': false,
  '--progress-bar': true,
  '--timeout': true,
  '--retries': true,
  '--default-timeout': true,
  '--root-user-action': true,
};

/** Options as ww writes them. */
const renamed: Readonly<Record<string, readonly string[]>> = {
  '--system': ['-p', '$(command -v python3)', '--break-system-packages'],
  '--compile-bytecode': ['--compile'],
  '--reinstall': ['--force-reinstall'],
  '--ignore-installed': ['--force-reinstall'],
  '-I': ['--force-reinstall'],
  '--default-index': ['--index-url'],
  '--index': ['--extra-index-url'],
  '--index-url-extra': ['--extra-index-url'],
  '--prerelease=allow': ['--pre'],
  '--upgrade-package': ['-U'],
  '-P': ['-U'],
  '--cache-dir': ['--store'],
  '--python-platform': ['--platform'],
  '--dest': ['-d'],
  '--outdir': ['--out-dir'],
  '--lockfile': ['-o'],
  '--reverse': ['--invert'],
  '--no-isolation': ['--no-build-isolation'],
  '--installer-metadata': [],
};

/** Options that another command answers, or something outside. */
const elsewhere: Readonly<Record<string, string>> = {
  '--prefix':
    'Write `ww venv --layout plain DIR && ww install -p DIR NAME`, which fills its bin, lib and share; --target DIR has no lib/pythonX.Y.',
  '--root':
    'Write `ww install --target DIR NAME`, whose scripts name no path of this machine, or make the environment where it will be used.',
  '--proxy': 'Set HTTPS_PROXY, as for curl.',
  '--client-cert': 'ww shows no certificate of its own; --cert names those that it trusts.',
  '--log': 'Write 2> FILE for it, with -v for more; --trace FILE has the times.',
  '--list': '`ww generations` lists them.',
  '--dev': 'Groups are named: `ww sync --group dev`.',
  '-D': 'Groups are named: `ww sync --group dev`.',
  '--save-dev': 'Groups are named: `ww sync --group dev`.',
  '--all-extras': 'Name each with --extra.',
  '--all-groups': 'Name each with --group.',
  '--all-packages': 'Name the directories: `ww build packages/*`.',
  '--frozen': 'Leave it out: `ww sync` takes a lock as it is.',
  '--frozen-lockfile': 'Leave it out: `ww sync` takes a lock as it is.',
  '--locked': '`ww lock --check` fails where the lock would change.',
  '--no-sync': 'Leave it out: `ww run` changes nothing.',
  '--offline': 'Write --no-index with -f DIR; what the store holds needs no network.',
  '--refresh': '`ww cache clean` makes the next command fetch every page and file again.',
  '--exact': '`ww sync FILE` makes the environment exactly what a file says.',
  '--not-required': '`ww tree --depth 0` draws only what nothing requires.',
  '--uptodate': '`ww list --outdated` lists the others.',
  '--ignore-requires-python': 'There is no such option: a file for another Python is never taken.',
  '--without-pip': 'Leave it out: an environment has no pip unless --seed or --with pip brings it.',
  '--upgrade-deps': 'Leave it out: an environment has no pip to upgrade.',
  '--symlinks': 'Leave it out: it is so already.',
  '--copies': 'Leave it out: `bin/python` is a link.',
  '--allow-existing': 'Leave it out: an environment that is there stays as it is.',
  '--relocatable': 'Leave it out: `ww repair` makes an environment work that was moved.',
};

/** What to say to an option that a command does not have; undefined for one that is only misspelt. */
export function answerOption(option: string, command?: string): string | undefined {
  if (option === '--user')
    return 'Leave it out: ww works on the environment that is active, or .venv; `ww venv` makes one.';
  if (option === '--with' && command === 'run')
    return 'Make an environment for it: `ww venv .tool --with NAME && ww run -p .tool COMMAND`.';
  if (Object.hasOwn(elsewhere, option)) return elsewhere[option];
  if (Object.hasOwn(needless, option)) return 'Leave it out: it is so already, or changes nothing here.';
  const words = Object.hasOwn(renamed, option) ? renamed[option]! : [];
  return words.length === 0 ? undefined : `Write ${shellLine(words)} for it.`;
}

/** The words of another tool's line with its options as ww writes them. */
export function translateOptions(words: readonly string[]): string[] {
  const translated: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const [name = '', value] = splitOnce(words[at]!);
    if (Object.hasOwn(renamed, words[at]!)) translated.push(...renamed[words[at]!]!);
    else if (Object.hasOwn(needless, name)) at += needless[name] === true && value === undefined ? 1 : 0;
    else if (name.startsWith('--') && Object.hasOwn(renamed, name))
      translated.push(...renamed[name]!, ...(value === undefined ? [] : [value]));
    else translated.push(words[at]!);
  }
  return translated;
}

function splitOnce(word: string): [name: string, value: string | undefined] {
  const at = word.startsWith('--') ? word.indexOf('=') : -1;
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

// What a shell script or a makefile uses: its variables, the files that it reads, and the programs that it starts.
import path from 'node:path';
import type { FileUse, StartedProgram } from '../runner/read-notes.ts';
import { parseShell, type ShellCommand, type ShellWord } from './shell-text.ts';

/** A call of a program in a script. */
export interface ScriptCall extends StartedProgram {
  /** Whether a word of it is known only to the shell. */
  readonly unknown: boolean;
}

/** What a script uses. */
export interface ScriptUses {
  readonly variables: readonly string[];
  readonly files: readonly (readonly [string, FileUse])[];
  /** Scripts that run in the same shell. */
  readonly sourced: readonly string[];
  readonly calls: readonly ScriptCall[];
  readonly facts: readonly string[];
}

const reserved = /^(if|then|else|elif|fi|while|until|do|done|esac|in|\{|\}|!|\[\[|\]\]|time)$/;
const builtins =
  /^(:|cd|export|readonly|local|declare|typeset|unset|set|shift|return|exit|trap|read|true|false|wait|umask|ulimit|hash|type|alias|break|continue|getopts|let|shopt|pushd|popd|times|jobs|echo|printf|pwd|expr)$/;
const tests = /^(test|\[|\[\[)$/;
/** Of these, computed words name no file that is read. */
const takesAnyWord =
  /^(echo|printf|:|export|readonly|local|declare|typeset|set|shift|return|exit|expr|let|read|unset|trap)$/;
const changesWatch = /^(PYTHONPATH|PYTHONHOME|PATH|SUNPRO_DEPENDENCIES|PYTHONNOUSERSITE|BASH_ENV|ENV)$/;

interface Known {
  readonly text: string;
  readonly isKnown: boolean;
  readonly hasGlob: boolean;
}

/** What the script uses that `call` runs. */
export function scriptUses(
  text: string,
  { cwd, isWatched }: Pick<StartedProgram, 'cwd' | 'isWatched'>,
  environment: Readonly<Record<string, string | undefined>>,
): ScriptUses {
  const commands = parseShell(text);
  const variables = new Set<string>();
  const files: [string, FileUse][] = [];
  const sourced: string[] = [];
  const calls: ScriptCall[] = [];
  const facts = new Set<string>();
  const assigned = new Map<string, string | undefined>();
  const functions = new Set(commands.flatMap((each, at) => functionName(each, commands[at + 1])));
  const cwds = [cwd];
  let watched = isWatched;
  let cases = 0;

  const expand = ({ parts }: ShellWord): Known => {
    let [value, isKnown, hasGlob] = ['', true, false];
    for (const part of parts) {
      if (part.kind === 'computed') isKnown = false;
      else if (part.kind === 'text') {
        value += part.text;
        hasGlob ||= !part.isQuoted && /[*?[]/.test(part.text);
      } else if (assigned.has(part.name)) {
        const known = assigned.get(part.name);
        value += known ?? '';
        isKnown &&= known !== undefined;
      } else {
        variables.add(part.name);
        value += part.name === 'PWD' ? cwd : (environment[part.name] ?? '');
      }
    }
    return { text: value, isKnown, hasGlob };
  };
  const addFile = ({ text: name, isKnown, hasGlob }: Known, use: FileUse) => {
    for (const dir of cwds) {
      const file = path.resolve(dir, name);
      if (hasGlob) files.push([path.resolve(dir, name.replace(/[^/]*[*?[].*$/, '')), 'deep']);
      else if (isKnown) files.push([file, use]);
    }
    if (!isKnown) facts.add('a script reads a file whose name it computes');
  };

  for (const { words: all, end } of commands) {
    const words = all.filter(({ redirects }) => redirects === undefined).map(expand);
    for (const word of all) if (word.redirects === 'from') addFile(expand(word), 'file');
    if (words[0]?.text === 'case') cases += 1;
    // `pattern)` of a case, and `name (` of a function.
    if ((cases > 0 && end === ')') || words.length === 0) continue;
    if (end === '(' && words.length === 1 && functions.has(words[0]!.text)) continue;
    while (words[0]?.isKnown && reserved.test(words[0].text) && !tests.test(words[0].text)) {
      if (words.shift()!.text === 'esac') cases -= 1;
    }
    if (words[0]?.text === 'for') {
      const [, name] = words;
      assigned.set(name?.text ?? '', undefined);
      for (const word of words.slice(3)) if (word.hasGlob) addFile(word, 'list');
      continue;
    }
    if (words[0]?.text === 'case' || words[0]?.text === 'function') continue;
    while (words[0] !== undefined && /^[A-Za-z_]\w*\+?=/.test(words[0].text)) {
      const { text: assignment, isKnown } = words.shift()!;
      const [name, value] = [assignment.replace(/\+?=.*/s, ''), assignment.replace(/^\w+\+?=/, '')];
      assigned.set(name, isKnown && !assignment.includes('+=') ? value : undefined);
      if (changesWatch.test(name)) watched = false;
      if (name === 'PATH') facts.add('a script changes the search path');
    }
    const [command, ...rest] = words;
    if (command === undefined) continue;
    const { text: name, isKnown } = command;
    if (!isKnown || command.hasGlob) {
      if (!tests.test(name)) facts.add('a script starts a program whose name it computes');
      else for (const word of rest) if (word.text.includes('/') || !word.isKnown) addFile(word, 'file');
      continue;
    }
    if (functions.has(name)) continue;
    if (name === 'eval') facts.add('a script evaluates a text that it computes');
    else if (name === '.' || name === 'source') {
      if (rest[0]?.isKnown === true) for (const dir of cwds) sourced.push(path.resolve(dir, rest[0].text));
      else facts.add('a script reads a file whose name it computes');
    } else if (name === 'cd' || name === 'pushd') {
      if (rest[0]?.isKnown === true) cwds.push(...cwds.map((dir) => path.resolve(dir, rest[0]!.text)));
      else facts.add('a script changes to a directory whose name it computes');
    } else if (tests.test(name)) {
      const named = rest.filter((word, at) => /^-[a-zA-Z]$/.test(rest[at - 1]?.text ?? '') || word.text.includes('/'));
      for (const word of named) if (!/^-[nz]$/.test(rest[rest.indexOf(word) - 1]?.text ?? '')) addFile(word, 'file');
    } else {
      if (name === 'set' && rest.length === 0) variables.add('*');
      if (/^(export|declare|typeset)$/.test(name) && rest.every(({ text: each }) => each.startsWith('-')))
        variables.add('*');
      for (const { text: word, isKnown: known } of /^(export|readonly|local|declare|typeset)$/.test(name) ? rest : []) {
        const [, set, value] = /^(\w+)=(.*)$/s.exec(word) ?? [];
        if (set !== undefined) assigned.set(set, known ? value : undefined);
      }
      if (
        /^(export|unset|readonly)$/.test(name) &&
        rest.some(({ text: each }) => changesWatch.test(each.replace(/=.*/s, '')))
      )
        watched = false;
      for (const word of rest) if (word.hasGlob) addFile(word, 'list');
      if (builtins.test(name)) continue;
      const unknown = rest.some((word) => !word.isKnown) && !takesAnyWord.test(name);
      for (const dir of new Set(cwds))
        calls.push({ name, cwd: dir, words: rest.map(({ text: each }) => each), isWatched: watched, unknown });
    }
  }
  return { variables: [...variables], files, sourced, calls, facts: [...facts] };
}

function functionName({ words, end }: ShellCommand, next: ShellCommand | undefined): string[] {
  const text = (at: number) => words[at]?.parts.map((part) => (part.kind === 'text' ? part.text : '\0')).join('') ?? '';
  if (words.length > 1 && text(0) === 'function') return [text(1)];
  return end === '(' && words.length === 1 && next?.end === ')' && next.words.length === 0 ? [text(0)] : [];
}

const builtInMacros: Readonly<Record<string, string>> = {
  CC: 'cc',
  CXX: 'c++',
  CPP: 'cc -E',
  AR: 'ar',
  LD: 'ld',
  AS: 'as',
  FC: 'gfortran',
  RM: 'rm -f',
  MAKE: 'make',
};

/** The recipes of a makefile as the text of a shell: macros are replaced, and what make computes stays computed. */
export function makeAsShell(text: string): string {
  const joined = text.replace(/\\\n/g, ' ');
  const macros = new Map<string, string>(Object.entries(builtInMacros));
  for (const [, name, value] of joined.matchAll(/^([\w.-]+)[ ]*[:?+]?:?=[ ]*(.*)$/gm)) macros.set(name!, value!);
  const expand = (line: string, depth = 0): string =>
    line.replace(
      /\$\$|\$\((\w+)\)|\$\{(\w+)\}|\$\(shell ([^()]*)\)|\$\(wildcard ([^()]*)\)|\$[@<^?*%+]|\$\([@<^?*%+][DF]\)/g,
      (all, a, b, shell, wildcard) => {
        if (all === '$$') return '$';
        if (shell !== undefined) return `$(${shell})`;
        if (wildcard !== undefined) return `$(ls -d ${wildcard})`;
        const macro = a ?? b;
        // A target or a prerequisite: it is named in the text.
        if (macro === undefined) return 'made-by-make';
        const value = macros.get(macro);
        return value === undefined ? `\${${macro}}` : depth > 5 ? '$0' : expand(value, depth + 1);
      },
    );
  const lines = joined.split('\n').flatMap((line) => {
    if (line.startsWith('\t')) return [expand(line.replace(/^\t[ \t@+-]*/, ''))];
    const [, included] = /^-?s?include[ ]+(.+)$/.exec(line) ?? [];
    if (included !== undefined) return [`cat ${expand(included)}`];
    const [, prerequisites] = /^[^\t#=:][^=:]*::?(?!=)([^=;]*)$/.exec(line) ?? [];
    const shells = [...line.matchAll(/\$\((shell|wildcard) [^()]*\)/g)].map(([all]) => `: ${expand(all)}`);
    return prerequisites === undefined || !prerequisites.includes('/')
      ? shells
      : [`ls -d ${expand(prerequisites)}`, ...shells];
  });
  return lines.join('\n');
}

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

/** A script that changes to more directories may be in any of too many. */
const mostDirs = 64;

/** A word as far as it is known without a shell. */
interface Known {
  readonly text: string;
  readonly isKnown: boolean;
  readonly hasGlob: boolean;
}

/** What the script uses that `call` runs. */
export function scriptUses(
  text: string,
  call: Pick<StartedProgram, 'cwd' | 'isWatched'>,
  environment: Readonly<Record<string, string | undefined>>,
): ScriptUses {
  return new ScriptAnalysis(parseShell(text), call, environment).uses();
}

/** Goes through the commands of a script in the order of its text, whichever of them would run. */
class ScriptAnalysis {
  readonly #commands: readonly ShellCommand[];
  readonly #cwd: string;
  readonly #environment: Readonly<Record<string, string | undefined>>;
  readonly #variables = new Set<string>();
  readonly #files: [string, FileUse][] = [];
  readonly #sourced: string[] = [];
  readonly #calls: ScriptCall[] = [];
  readonly #facts = new Set<string>();
  /** Undefined for a variable whose value is not known. */
  readonly #assigned = new Map<string, string | undefined>();
  readonly #functions: ReadonlySet<string>;
  /** Every directory that the script may be in. */
  readonly #cwds: Set<string>;
  #isWatched: boolean;
  #openCases = 0;

  constructor(
    commands: readonly ShellCommand[],
    { cwd, isWatched }: Pick<StartedProgram, 'cwd' | 'isWatched'>,
    environment: Readonly<Record<string, string | undefined>>,
  ) {
    this.#commands = commands;
    this.#cwd = cwd;
    this.#cwds = new Set([cwd]);
    this.#isWatched = isWatched;
    this.#environment = environment;
    this.#functions = new Set(commands.flatMap((each, at) => functionName(each, commands[at + 1])));
  }

  uses(): ScriptUses {
    for (const command of this.#commands) {
      const words = this.#wordsOf(command);
      if (words === undefined || this.#takeLoop(words)) continue;
      this.#takeAssignments(words);
      const [name, ...rest] = words;
      if (name !== undefined) this.#takeCommand(name, rest);
    }
    return {
      variables: [...this.#variables],
      files: this.#files,
      sourced: this.#sourced,
      calls: this.#calls,
      facts: [...this.#facts],
    };
  }

  /** The words of a command after reserved words; undefined for `pattern)` of a case and `name (` of a function. */
  #wordsOf({ words: all, end }: ShellCommand): Known[] | undefined {
    const words = all.filter(({ redirects }) => redirects === undefined).map((word) => this.#expand(word));
    for (const word of all) if (word.redirects === 'from') this.#addFile(this.#expand(word), 'file');
    if (words[0]?.text === 'case') this.#openCases += 1;
    if ((this.#openCases > 0 && end === ')') || words.length === 0) return undefined;
    if (end === '(' && words.length === 1 && this.#functions.has(words[0]!.text)) return undefined;
    while (words[0]?.isKnown && reserved.test(words[0].text) && !tests.test(words[0].text)) {
      if (words.shift()!.text === 'esac') this.#openCases -= 1;
    }
    return words;
  }

  #expand({ parts }: ShellWord): Known {
    let [value, isKnown, hasGlob] = ['', true, false];
    for (const part of parts) {
      if (part.kind === 'computed') isKnown = false;
      else if (part.kind === 'text') {
        value += part.text;
        hasGlob ||= !part.isQuoted && /[*?[]/.test(part.text);
      } else if (this.#assigned.has(part.name)) {
        const known = this.#assigned.get(part.name);
        value += known ?? '';
        isKnown &&= known !== undefined;
      } else {
        this.#variables.add(part.name);
        value += part.name === 'PWD' ? this.#cwd : (this.#environment[part.name] ?? '');
      }
    }
    return { text: value, isKnown, hasGlob };
  }

  #addFile({ text: name, isKnown, hasGlob }: Known, use: FileUse): void {
    for (const dir of this.#cwds) {
      if (hasGlob) this.#files.push([path.resolve(dir, name.replace(/[^/]*[*?[].*$/, '')), 'deep']);
      else if (isKnown) this.#files.push([path.resolve(dir, name), use]);
    }
    if (!isKnown) this.#facts.add('a script reads a file whose name it computes');
  }

  /** Whether the words begin a loop, a case or a function, which starts no program itself. */
  #takeLoop(words: readonly Known[]): boolean {
    if (words[0]?.text === 'for') {
      this.#assigned.set(words[1]?.text ?? '', undefined);
      this.#addGlobs(words.slice(3));
    }
    return /^(for|case|function)$/.test(words[0]?.text ?? '');
  }

  #addGlobs(words: readonly Known[]): void {
    for (const word of words) if (word.hasGlob) this.#addFile(word, 'list');
  }

  /** Takes `NAME=value` from the front of the words. */
  #takeAssignments(words: Known[]): void {
    while (words[0] !== undefined && /^[A-Za-z_]\w*\+?=/.test(words[0].text)) {
      const { text: assignment, isKnown } = words.shift()!;
      const [name, value] = [assignment.replace(/\+?=.*/s, ''), assignment.replace(/^\w+\+?=/, '')];
      this.#assigned.set(name, isKnown && !assignment.includes('+=') ? value : undefined);
      if (changesWatch.test(name)) this.#isWatched = false;
      if (name === 'PATH') this.#facts.add('a script changes the search path');
    }
  }

  #takeCommand(command: Known, rest: readonly Known[]): void {
    const { text: name } = command;
    if (!command.isKnown || command.hasGlob) this.#takeComputed(name, rest);
    else if (this.#functions.has(name)) return;
    else if (name === 'eval') this.#facts.add('a script evaluates a text that it computes');
    else if (name === '.' || name === 'source') this.#takeSourced(rest[0]);
    else if (name === 'cd' || name === 'pushd') this.#changeDirectory(rest[0]);
    else if (tests.test(name)) this.#takeTest(rest);
    else {
      this.#takeDeclaration(name, rest);
      this.#addGlobs(rest);
      if (!builtins.test(name)) this.#addCall(name, rest);
    }
  }

  #takeComputed(name: string, rest: readonly Known[]): void {
    if (!tests.test(name)) this.#facts.add('a script starts a program whose name it computes');
    else for (const word of rest) if (word.text.includes('/') || !word.isKnown) this.#addFile(word, 'file');
  }

  #takeSourced(file: Known | undefined): void {
    if (file?.isKnown === true) for (const dir of this.#cwds) this.#sourced.push(path.resolve(dir, file.text));
    else this.#facts.add('a script reads a file whose name it computes');
  }

  /** The command may or may not run, so the script may be in the old directory or in the new one. */
  #changeDirectory(target: Known | undefined): void {
    if (target?.isKnown !== true) this.#facts.add('a script changes to a directory whose name it computes');
    else if (this.#cwds.size > mostDirs) this.#facts.add('a script changes to too many directories');
    else for (const dir of [...this.#cwds]) this.#cwds.add(path.resolve(dir, target.text));
  }

  #takeTest(rest: readonly Known[]): void {
    for (const [at, word] of rest.entries()) {
      const option = rest[at - 1]?.text ?? '';
      const isFile = /^-[a-zA-Z]$/.test(option) || word.text.includes('/');
      if (isFile && !/^-[nz]$/.test(option)) this.#addFile(word, 'file');
    }
  }

  /** `export`, `set` and the like, which list all variables if they name none. */
  #takeDeclaration(name: string, rest: readonly Known[]): void {
    if (name === 'set' && rest.length === 0) this.#variables.add('*');
    if (/^(export|declare|typeset)$/.test(name) && rest.every(({ text }) => text.startsWith('-')))
      this.#variables.add('*');
    for (const { text, isKnown } of /^(export|readonly|local|declare|typeset)$/.test(name) ? rest : []) {
      const [, assigned, value] = /^(\w+)=(.*)$/s.exec(text) ?? [];
      if (assigned !== undefined) this.#assigned.set(assigned, isKnown ? value : undefined);
    }
    const changes = rest.some(({ text }) => changesWatch.test(text.replace(/=.*/s, '')));
    if (changes && /^(export|unset|readonly)$/.test(name)) this.#isWatched = false;
  }

  #addCall(name: string, rest: readonly Known[]): void {
    const unknown = rest.some((word) => !word.isKnown) && !takesAnyWord.test(name);
    const words = rest.map(({ text }) => text);
    for (const cwd of this.#cwds) this.#calls.push({ name, cwd, words, isWatched: this.#isWatched, unknown });
  }
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

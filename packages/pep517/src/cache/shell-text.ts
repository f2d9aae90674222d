// Splits the text of a shell script into simple commands, as far as an analysis of the files that it names needs it:
// quotes, variables, substitutions, redirections. It runs nothing. Text that it misreads looks like an unknown command,
// and the build is then not cached.

/** A word of a command: literal text, variables, and parts that only a shell can compute. */
export type WordPart =
  | { readonly kind: 'text'; readonly text: string; readonly isQuoted: boolean }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'computed' };

/** A word and its role. */
export interface ShellWord {
  readonly parts: readonly WordPart[];
  /** `from`: a file that the command reads; `to`: one that it writes. */
  readonly redirects?: 'from' | 'to' | undefined;
}

/** A simple command, in the order of the text. */
export interface ShellCommand {
  readonly words: readonly ShellWord[];
  /** The operator after it. */
  readonly end: string;
}

const hereDocument = /<<-?[ \t]*(['"]?)(\w+)\1([^\n]*)\n([\s\S]*?)(?:^|\n)\t*\2(?=\n|$)/g;

/** The commands of a text, those of substitutions included. */
export function parseShell(text: string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  const source = text.replace(hereDocument, (_all, quote: string, _end: string, rest: string, body: string) => {
    if (quote === '') for (const inner of substitutionsIn(body)) commands.push(...parseShell(inner));
    return `${rest}\n`;
  });
  let at = 0;
  let words: ShellWord[] = [];
  let parts: WordPart[] = [];
  let redirects: 'from' | 'to' | undefined;

  const add = (part: WordPart) => parts.push(part);
  const addText = (value: string, isQuoted: boolean) => add({ kind: 'text', text: value, isQuoted });
  const endWord = () => {
    if (parts.length === 0) return;
    words.push({ parts, redirects });
    parts = [];
    redirects = undefined;
  };
  const endCommand = (end: string) => {
    endWord();
    if (words.length > 0 || end === '(' || end === ')') commands.push({ words, end });
    words = [];
  };
  /** The text up to the matching bracket; `at` is behind it afterwards. */
  const bracketed = (open: string, close: string): string => {
    const begin = at;
    let depth = 1;
    for (; at < source.length && depth > 0; at += 1) {
      const char = source[at]!;
      if (char === '\\') at += 1;
      else if (char === "'" && open === '(') at = Math.max(at, source.indexOf("'", at + 1));
      else if (char === open && open !== close) depth += 1;
      else if (char === close) depth -= 1;
    }
    return source.slice(begin, at - 1);
  };
  const takeDollar = () => {
    at += 1;
    const rest = source.slice(at, at + 200);
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (name !== undefined) {
      at += name.length;
      add({ kind: 'variable', name });
    } else if (rest.startsWith('((')) {
      at += 2;
      bracketed('(', ')');
      if (source[at] === ')') at += 1;
      add({ kind: 'computed' });
    } else if (rest.startsWith('(')) {
      at += 1;
      commands.push(...parseShell(bracketed('(', ')')));
      add({ kind: 'computed' });
    } else if (rest.startsWith('{')) {
      at += 1;
      const inner = bracketed('{', '}');
      const named = /^[A-Za-z_]\w*/.exec(inner)?.[0];
      for (const each of inner.matchAll(/\$\{?([A-Za-z_]\w*)/g)) commands.push(mention(each[1]!));
      for (const each of substitutionsIn(inner)) commands.push(...parseShell(each));
      if (named === inner) add({ kind: 'variable', name: inner });
      else {
        if (named !== undefined) commands.push(mention(named));
        add({ kind: 'computed' });
      }
    } else if (/^[0-9@*#?!$-]/.test(rest)) {
      at += 1;
      add({ kind: 'computed' });
    } else addText('$', false);
  };
  const takeBackticks = () => {
    at += 1;
    commands.push(...parseShell(bracketed('`', '`').replace(/\\([`$\\])/g, '$1')));
    add({ kind: 'computed' });
  };

  while (at < source.length) {
    const char = source[at]!;
    if (char === '\\') {
      if (source[at + 1] !== '\n') addText(source[at + 1] ?? '', true);
      at += 2;
    } else if (char === "'") {
      const end = source.indexOf("'", at + 1);
      addText(source.slice(at + 1, end === -1 ? undefined : end), true);
      at = end === -1 ? source.length : end + 1;
    } else if (char === '"') {
      at += 1;
      addText('', true);
      while (at < source.length && source[at] !== '"') {
        const inner = source[at]!;
        if (inner === '$') takeDollar();
        else if (inner === '`') takeBackticks();
        else {
          if (inner === '\\') at += 1;
          addText(source[at] ?? '', true);
          at += 1;
        }
      }
      at += 1;
    } else if (char === '$') takeDollar();
    else if (char === '`') takeBackticks();
    else if (char === '#' && parts.length === 0) {
      const end = source.indexOf('\n', at);
      at = end === -1 ? source.length : end;
    } else if (/[ \t\r]/.test(char)) {
      endWord();
      at += 1;
    } else if (/[\n;&|()]/.test(char)) {
      const operator = /^(&&|\|\||;;|[\n;&|()])/.exec(source.slice(at, at + 2))![0];
      at += operator.length;
      endCommand(operator);
    } else if (/[<>]/.test(char)) {
      if (parts.length === 1 && parts[0]!.kind === 'text' && /^\d+$/.test(parts[0]!.text)) parts = [];
      endWord();
      const operator = /^(>>|>\||>&|<&|<>|<<<|[<>])/.exec(source.slice(at, at + 3))![0];
      at += operator.length;
      while (/[ \t]/.test(source[at] ?? '')) at += 1;
      redirects = operator === '<' || operator === '<>' ? 'from' : 'to';
    } else {
      addText(char, false);
      at += 1;
    }
  }
  endCommand('\n');
  return commands;
}

/** A command without effect that reads a variable. */
function mention(name: string): ShellCommand {
  const text = (value: string): ShellWord => ({ parts: [{ kind: 'text', text: value, isQuoted: false }] });
  return { words: [text(':'), { parts: [{ kind: 'variable', name }] }], end: '\n' };
}

function substitutionsIn(text: string): string[] {
  return [...text.matchAll(/\$\(((?:[^()]|\([^()]*\))*)\)|`([^`]*)`/g)].map(([, a, b]) => a ?? b ?? '');
}

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

/** Substitutions within substitutions; a text with more counts as a command that only a shell can compute. */
const deepest = 40;

/** The commands of a text, those of substitutions included. */
export function parseShell(text: string): ShellCommand[] {
  return parseNested(text, 0);
}

function parseNested(text: string, depth: number): ShellCommand[] {
  if (depth > deepest) return [{ words: [{ parts: [{ kind: 'computed' }] }], end: '\n' }];
  const commands: ShellCommand[] = [];
  const source = text.replace(hereDocument, (_all, quote: string, _end: string, rest: string, body: string) => {
    if (quote === '') for (const inner of substitutionsIn(body)) commands.push(...parseNested(inner, depth + 1));
    return `${rest}\n`;
  });
  commands.push(...new ShellReader(source, depth).read());
  return commands;
}

/** Reads one text from its begin to its end. */
class ShellReader {
  readonly #source: string;
  readonly #depth: number;
  readonly #commands: ShellCommand[] = [];
  #at = 0;
  #words: ShellWord[] = [];
  #parts: WordPart[] = [];
  #redirects: 'from' | 'to' | undefined;

  constructor(source: string, depth: number) {
    this.#source = source;
    this.#depth = depth;
  }

  read(): ShellCommand[] {
    while (this.#at < this.#source.length) this.#readNext(this.#source[this.#at]!);
    this.#endCommand('\n');
    return this.#commands;
  }

  #readNext(char: string): void {
    if (char === '\\') this.#readEscaped();
    else if (char === "'") this.#readSingleQuoted();
    else if (char === '"') this.#readDoubleQuoted();
    else if (char === '$') this.#readDollar();
    else if (char === '`') this.#readBackticks();
    else if (char === '#' && this.#parts.length === 0) this.#skipComment();
    else if (/[ \t\r]/.test(char)) {
      this.#endWord();
      this.#at += 1;
    } else if (/[\n;&|()]/.test(char)) this.#endCommand(this.#takeOperator(/^(&&|\|\||;;|[\n;&|()])/));
    else if (/[<>]/.test(char)) this.#readRedirect();
    else {
      this.#addText(char, false);
      this.#at += 1;
    }
  }

  #readEscaped(): void {
    const next = this.#source[this.#at + 1];
    if (next !== '\n') this.#addText(next ?? '', true);
    this.#at += 2;
  }

  #readSingleQuoted(): void {
    const end = this.#source.indexOf("'", this.#at + 1);
    this.#addText(this.#source.slice(this.#at + 1, end === -1 ? undefined : end), true);
    this.#at = end === -1 ? this.#source.length : end + 1;
  }

  #readDoubleQuoted(): void {
    this.#at += 1;
    this.#addText('', true);
    while (this.#at < this.#source.length && this.#source[this.#at] !== '"') {
      const char = this.#source[this.#at]!;
      if (char === '$') this.#readDollar();
      else if (char === '`') this.#readBackticks();
      else {
        if (char === '\\') this.#at += 1;
        this.#addText(this.#source[this.#at] ?? '', true);
        this.#at += 1;
      }
    }
    this.#at += 1;
  }

  #readBackticks(): void {
    this.#at += 1;
    this.#nest(this.#takeBracketed('`', '`').replace(/\\([`$\\])/g, '$1'));
    this.#add({ kind: 'computed' });
  }

  #readDollar(): void {
    this.#at += 1;
    const rest = this.#source.slice(this.#at, this.#at + 200);
    const name = /^[A-Za-z_]\w*/.exec(rest)?.[0];
    if (name !== undefined) {
      this.#at += name.length;
      this.#add({ kind: 'variable', name });
    } else if (rest.startsWith('((')) this.#readArithmetic();
    else if (rest.startsWith('(')) {
      this.#at += 1;
      this.#nest(this.#takeBracketed('(', ')'));
      this.#add({ kind: 'computed' });
    } else if (rest.startsWith('{')) this.#readExpansion();
    else if (/^[0-9@*#?!$-]/.test(rest)) {
      this.#at += 1;
      this.#add({ kind: 'computed' });
    } else this.#addText('$', false);
  }

  #readArithmetic(): void {
    this.#at += 2;
    this.#takeBracketed('(', ')');
    if (this.#source[this.#at] === ')') this.#at += 1;
    this.#add({ kind: 'computed' });
  }

  /** `${name}` is a variable. Of any other `${…}` only the names in it are known. */
  #readExpansion(): void {
    this.#at += 1;
    const inner = this.#takeBracketed('{', '}');
    const name = /^[A-Za-z_]\w*/.exec(inner)?.[0];
    for (const [, each] of inner.matchAll(/\$\{?([A-Za-z_]\w*)/g)) this.#commands.push(mention(each!));
    for (const each of substitutionsIn(inner)) this.#nest(each);
    if (name === inner) this.#add({ kind: 'variable', name });
    else {
      if (name !== undefined) this.#commands.push(mention(name));
      this.#add({ kind: 'computed' });
    }
  }

  #skipComment(): void {
    const end = this.#source.indexOf('\n', this.#at);
    this.#at = end === -1 ? this.#source.length : end;
  }

  #readRedirect(): void {
    const [descriptor] = this.#parts;
    if (this.#parts.length === 1 && descriptor?.kind === 'text' && /^\d+$/.test(descriptor.text)) this.#parts = [];
    this.#endWord();
    const operator = this.#takeOperator(/^(>>|>\||>&|<&|<>|<<<|[<>])/);
    while (/[ \t]/.test(this.#source[this.#at] ?? '')) this.#at += 1;
    this.#redirects = operator === '<' || operator === '<>' ? 'from' : 'to';
  }

  #takeOperator(pattern: RegExp): string {
    const [operator] = pattern.exec(this.#source.slice(this.#at, this.#at + 3))!;
    this.#at += operator.length;
    return operator;
  }

  /** Takes the text up to the matching bracket, and the bracket. */
  #takeBracketed(open: string, close: string): string {
    const begin = this.#at;
    let depth = 1;
    for (; this.#at < this.#source.length && depth > 0; this.#at += 1) {
      const char = this.#source[this.#at]!;
      if (char === '\\') this.#at += 1;
      else if (char === "'" && open === '(') this.#at = Math.max(this.#at, this.#source.indexOf("'", this.#at + 1));
      else if (char === open && open !== close) depth += 1;
      else if (char === close) depth -= 1;
    }
    return this.#source.slice(begin, this.#at - 1);
  }

  #nest(text: string): void {
    this.#commands.push(...parseNested(text, this.#depth + 1));
  }

  #add(part: WordPart): void {
    this.#parts.push(part);
  }

  #addText(text: string, isQuoted: boolean): void {
    this.#add({ kind: 'text', text, isQuoted });
  }

  #endWord(): void {
    if (this.#parts.length === 0) return;
    this.#words.push({ parts: this.#parts, redirects: this.#redirects });
    this.#parts = [];
    this.#redirects = undefined;
  }

  #endCommand(end: string): void {
    this.#endWord();
    if (this.#words.length > 0 || end === '(' || end === ')') this.#commands.push({ words: this.#words, end });
    this.#words = [];
  }
}

/** A command without effect that reads a variable. */
function mention(name: string): ShellCommand {
  const text = (value: string): ShellWord => ({ parts: [{ kind: 'text', text: value, isQuoted: false }] });
  return { words: [text(':'), { parts: [{ kind: 'variable', name }] }], end: '\n' };
}

function substitutionsIn(text: string): string[] {
  return [...text.matchAll(/\$\(((?:[^()]|\([^()]*\))*)\)|`([^`]*)`/g)].map(([, a, b]) => a ?? b ?? '');
}

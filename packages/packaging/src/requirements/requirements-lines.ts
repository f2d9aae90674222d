// The text of a requirements file as logical lines: continuations joined, comments gone, variables replaced; and the words
// of the options on one.

import { PackagingError } from '../packaging-error.ts';

export interface LogicalLine {
  readonly text: string;
  /** Where it begins, counted from 1. */
  readonly number: number;
}

/** The lines that hold anything. A backslash at the end joins the next line, except after a line of comment. */
export function logicalLines(text: string, variables: Readonly<Record<string, string | undefined>>): LogicalLine[] {
  const lines: LogicalLine[] = [];
  let parts: string[] = [];
  let first = 0;
  const flush = () => {
    const line = replaceVariables(stripComment(parts.join('')).trim(), variables);
    if (line !== '') lines.push({ text: line, number: first });
    parts = [];
  };
  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .entries()) {
    if (parts.length === 0) first = index + 1;
    const isComment = line.trimStart().startsWith('#');
    if (line.endsWith('\\') && !isComment) {
      parts.push(line.slice(0, -1));
      continue;
    }
    // The space keeps the comment apart from what it is joined to.
    parts.push(isComment ? ` ${line}` : line);
    flush();
  }
  flush();
  return lines;
}

/** The words of `text` as a POSIX shell splits them: quotation marks group, a backslash takes the next character. */
export function splitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const mark = text[at]!;
    if (/\s/.test(mark)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    const piece = readPiece(text, at);
    word = (word ?? '') + piece.text;
    at = piece.end;
  }
  return word === undefined ? words : [...words, word];
}

// One quoted stretch, escaped or plain character; `end` is where its last character stands.
function readPiece(text: string, start: number): { text: string; end: number } {
  const mark = text[start]!;
  if (mark === '\\' && start + 1 < text.length) return { text: text[start + 1]!, end: start + 1 };
  if (mark !== '"' && mark !== "'") return { text: mark, end: start };
  let piece = '';
  for (let at = start + 1; at < text.length; at += 1) {
    if (text[at] === mark) return { text: piece, end: at };
    const escapes = mark === '"' && text[at] === '\\' && (text[at + 1] === '"' || text[at + 1] === '\\');
    if (escapes) at += 1;
    piece += text[at];
  }
  throw new PackagingError('PACKAGING_INVALID_REQUIREMENTS_FILE', 'a quotation mark is not closed.');
}

// A comment begins the line or follows white space, so that the fragment of a URL stays.
function stripComment(line: string): string {
  for (let at = line.indexOf('#'); at >= 0; at = line.indexOf('#', at + 1)) {
    if (at === 0 || /\s/.test(line[at - 1]!)) return line.slice(0, at);
  }
  return line;
}

function replaceVariables(line: string, variables: Readonly<Record<string, string | undefined>>): string {
  return line.replace(/\$\{([A-Z0-9_]+)\}/g, (written, name: string) =>
    Object.hasOwn(variables, name) ? (variables[name] ?? written) : written,
  );
}

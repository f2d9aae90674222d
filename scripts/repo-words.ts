// Words and constructions that make prose hard to read, and the rule that counts them. Each pattern names what to write
// instead. The rule reads comments, docstrings, messages, test titles and Markdown.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

/** A pattern, and what to write instead. */
export interface AvoidedWord {
  readonly pattern: RegExp;
  readonly instead: string;
}

/** What the prose of this repository avoids. Add a word when a reader stumbles over it. */
export const avoidedWords: readonly AvoidedWord[] = [
  { pattern: /(?<!-of-)\bnobody\b/i, instead: 'name the actor: no process, no other program' },
  { pattern: /\bsomebody\b/i, instead: 'name the actor: another process, the user' },
  { pattern: /\bwhoever\b/i, instead: 'name the actor' },
  { pattern: /\bthose who\b|\bhe who\b|[.;:] Who [a-z]+s\b/, instead: 'name the actor: callers that, processes that' },
  { pattern: /\b(?:is|are|was|were|be|been) told\b|\btold (?:of|apart|about)\b/i, instead: 'report, say, distinguish' },
  { pattern: /\blies (?:in|at|on|there|here|below|beside|behind|outside|above|under)\b/i, instead: 'is' },
  { pattern: /\banew\b/i, instead: 'again' },
  { pattern: /\b(?:takes?|taken|took|taking) away\b/i, instead: 'remove' },
  { pattern: /\bto be had\b|\bcan be had\b|\bcannot be had\b/i, instead: 'available, exists' },
  { pattern: /(?<!\b(?:there|which|what) )\bis no (?!longer|more\b|one\b|other\b|need\b)[a-z]+/i, instead: 'is not a' },
  {
    pattern: /(?:\/\/|\/\*\*|^\s*\*) (?:Of the|Those of|Those that|That it|Nothing but) /,
    instead: 'put the actor first',
  },
  {
    pattern: /\b(?:test|it)(?:\.\w+)*(?:\([^'"`]*\))?\(['"`](?:What|Who|Nothing) /i,
    instead: 'begin a test title with its subject',
  },
];

/** The directories that the rule counts separately, relative to the root; the packages and the command come first. */
export function proseAreas(root: string): string[] {
  const below = (row: string) =>
    existsSync(path.join(root, row)) ? readdirSync(path.join(root, row)).map((name) => path.join(row, name)) : [];
  const areas = [
    ...below('packages'),
    ...below('apps'),
    'docs',
    'scripts',
    'test',
    'examples',
    'site/pages',
    '.changeset',
  ];
  return areas.filter((area) => statSync(path.join(root, area), { throwIfNoEntry: false })?.isDirectory() === true);
}

/** A line of prose with an avoided word. */
export interface FoundWord {
  readonly file: string;
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

/** The avoided words below `dir`, an absolute directory or file. Paths are relative to `root`. */
export function findAvoidedWords(root: string, dir: string): FoundWord[] {
  return proseFiles(dir).flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((text, index) =>
        avoidedWords.flatMap(({ pattern, instead }) => {
          const word = pattern.exec(text)?.[0].trim();
          return word === undefined ? [] : [{ file: path.relative(root, file), line: index + 1, word, instead }];
        }),
      ),
  );
}

function proseFiles(dir: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|md)$/.test(entry.name) && entry.name !== 'CHANGELOG.md')
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter(
      (file) => !/\/(?:node_modules|dist|\.cache)\//.test(file) && !/\/(?:repo-words|check-repo\.test)\.ts$/.test(file),
    )
    .sort();
}

// `ww help`: the help of the program or of a command, and what an error code means. The texts of the codes are those of
// docs/errors.md, which is beside the bundle, so that they are available without a network.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { write } from '../display/output-stream.ts';

/** What is known of an error code, or undefined for one that no version had: the text of its section. */
export function explain(code: string, errorsPage = readErrorsPage()): string | undefined {
  const name = code.toUpperCase();
  const section = errorsPage.split(/^### /m).find((part) => part.startsWith(`${name}\n`));
  return section
    ?.slice(name.length)
    .replace(/^## [\s\S]*/m, '')
    .trim();
}

/** Prints the section of an error code; false where there is none. */
export function printExplanation(code: string): boolean {
  const text = explain(code);
  if (text === undefined) return false;
  write(1, `${code.toUpperCase()}\n\n${text}\n`);
  return true;
}

function readErrorsPage(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const file = [path.join(here, 'errors.md'), path.join(here, '..', '..', '..', '..', 'docs', 'errors.md')].find(
    (one) => existsSync(one),
  );
  return file === undefined ? '' : readFileSync(file, 'utf8');
}

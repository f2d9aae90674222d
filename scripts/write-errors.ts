// Writes docs/errors.md. The "Errors" section of each package's README describes every code once; this script adds the
// command's exit code.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CodedError } from '@wheelwright/errors';
import { exitCodeOf } from 'wheelwright';

const root = fileURLToPath(new URL('..', import.meta.url));
const sections = readdirSync(path.join(root, 'packages'))
  .filter((name) => name !== 'testkit' && name !== 'README.md')
  .map((name) => ({ name, codes: describedIn(path.join(root, 'packages', name, 'README.md')) }))
  .filter(({ codes }) => codes.length > 0)
  .map(
    ({ name, codes }) =>
      `## ${name}\n\n${codes.map(({ code, text }) => `### ${code}\n\n${text}\n\nExit code ${exitCodeOf(new CodedError(code, ''))}.\n`).join('\n')}`,
  );

writeFileSync(
  path.join(root, 'docs', 'errors.md'),
  `# Errors\n\nEach section describes one error code: what happened, and what to do. \`ww\` prints the message and the hint, and with \`--json\` the code; a library throws an \`Error\` with the properties \`code\`, \`message\`, \`hint\`, \`data\` and \`cause\`. The exit code is that of \`ww\`. A code never changes its meaning. \`pnpm docs:errors\` writes this page from the READMEs of the packages.\n\n${sections.join('\n')}`,
);

function describedIn(readme: string): { code: string; text: string }[] {
  const section = /^## Errors\n([\s\S]*?)(?=^## |(?![\s\S]))/m.exec(readFileSync(readme, 'utf8'))?.[1] ?? '';
  return [...section.matchAll(/^- `([A-Z][A-Z0-9_]+)` — ([\s\S]*?)(?=\n- |\n\n|$(?![\s\S]))/gm)].map(
    ([, code, text]) => ({ code: code as string, text: sentence(text as string) }),
  );
}

/** The text of a list item as a sentence of its own. */
function sentence(text: string): string {
  const joined = text.replaceAll(/\s*\n\s*/g, ' ').trim();
  return `${joined.charAt(0).toUpperCase()}${joined.slice(1)}`;
}

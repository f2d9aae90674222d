// Writes the pages of the site into site/.cache/pages, and contents.json with the names that the sidebar lists: the pages of
// site/pages, the documents, the READMEs of the packages, and a page a command from its own help. `npm run site` runs it.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { placeOf, rewriteLinks } from './site-links.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const pagesDir = path.join(root, 'site', '.cache', 'pages');
const ww = path.join(root, 'apps', 'cli', 'bin', 'ww.js');

/** Every page of the site by its path below the pages' directory. */
export function writePages(): ReadonlyMap<string, string> {
  const pages = new Map<string, string>();
  for (const source of sources()) {
    const place = placeOf(source);
    if (place === undefined) throw new Error(`bug: ${source} has no place in the site`);
    pages.set(place, rewriteLinks(readFileSync(path.join(root, source), 'utf8'), source));
  }
  const commands = commandNames();
  for (const command of commands) pages.set(`commands/${command}.md`, commandPage(command));
  const named = (folder: string) =>
    [...pages.keys()]
      .filter((place) => place.startsWith(`${folder}/`) && place !== `${folder}/index.md`)
      .map((place) => path.basename(place, '.md'))
      .sort();
  const contents = {
    commands,
    packages: named('packages'),
    protocols: named('protocols'),
    discoveries: named('discoveries'),
  };
  return new Map([...pages, ['contents.json', `${JSON.stringify(contents)}\n`]]);
}

/** Every picture as the site shows it: one for light, one for dark. */
export function writePictures(): ReadonlyMap<string, string> {
  const dir = path.join(root, 'docs', 'images');
  const dark = /@media \(prefers-color-scheme: dark\) \{ (.*) \}\n/;
  return new Map(
    readdirSync(dir)
      .filter((name) => name.endsWith('.svg'))
      .flatMap((name): [string, string][] => {
        const svg = readFileSync(path.join(dir, name), 'utf8');
        const base = path.basename(name, '.svg');
        return [
          [`images/${base}-light.svg`, svg.replace(dark, '')],
          [`images/${base}-dark.svg`, svg.replace(dark, '$1\n')],
        ];
      }),
  );
}

function sources(): string[] {
  const markdown = (dir: string) =>
    readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${dir}/${name.split(path.sep).join('/')}`);
  const packages = readdirSync(path.join(root, 'packages')).filter(
    (name) => name !== 'testkit' && name !== 'README.md',
  );
  return [
    ...markdown('site/pages'),
    ...markdown('docs'),
    'packages/README.md',
    'ARCHITECTURE.md',
    'SUPPORT.md',
    ...packages.map((name) => `packages/${name}/README.md`),
  ];
}

function help(...args: readonly string[]): string {
  const env = { ...process.env, COLUMNS: '1000', NO_COLOR: '1' };
  return execFileSync(process.execPath, [ww, ...args, '--help'], { encoding: 'utf8', env });
}

/** The commands in the order of the help. */
function commandNames(): string[] {
  return [...help().matchAll(/^ {2}([a-z]+)(?:\|\S+)? (?:\[options\]|\[|<)/gm)]
    .map((match) => match[1] as string)
    .filter((name) => name !== 'help');
}

function commandPage(command: string): string {
  const text = help(command).trim();
  const [usage = '', , ...rest] = text.split('\n');
  const blank = rest.indexOf('');
  const summary = rest.slice(0, blank).join(' ').trim();
  const details = rest.slice(blank).join('\n').trim();
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}${summary.endsWith('.') ? '' : '.'}`;
  const aliases = /^Usage: ww \w+\|(\S+)/.exec(usage)?.[1];
  const groups = details.split(/\n(?=\S[^\n]*:\n)/).map((group) => {
    const [title = '', ...lines] = group.split('\n');
    return `## ${title.replace(/:$/, '')}\n\n${title === 'Examples:' ? fenced(lines) : table(title.replace(/:$/, ''), lines)}`;
  });
  return [
    `# ww ${command}\n`,
    `${escaped(sentence)}\n`,
    ...(aliases === undefined ? [] : [`Also: \`ww ${aliases}\`.\n`]),
    `\`\`\`text\n${usage.replace('Usage: ', '')}\n\`\`\`\n`,
    ...groups,
  ].join('\n');
}

function fenced(lines: readonly string[]): string {
  return `\`\`\`text\n${lines
    .map((line) => line.slice(2))
    .join('\n')
    .trimEnd()}\n\`\`\`\n`;
}

/** Lines such as `  -q, --quiet    print results and errors only` as a table. */
function table(title: string, lines: readonly string[]): string {
  const rows = lines
    .map((line) => /^ {2}(\S.*?) {2,}(\S.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, term = '', meaning = '']) => `| \`${term}\` | ${escaped(meaning).replaceAll('|', '\\|')} |`);
  if (rows.length === 0) return fenced(lines);
  return `| ${title === 'Arguments' ? 'argument' : 'option'} | meaning |\n|---|---|\n${rows.join('\n')}\n`;
}

function escaped(text: string): string {
  return text.replaceAll('<', '\\<').replaceAll('*', '\\*').replaceAll('_', '\\_');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  rmSync(pagesDir, { recursive: true, force: true });
  for (const [place, text] of [
    ...writePages(),
    ...[...writePictures()].map(([name, svg]) => [`public/${name}`, svg]),
  ]) {
    const file = path.join(pagesDir, place as string);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text as string);
  }
}

// Where a file of the repository stands in the site, and how its links are written there. Pages link to files of the
// repository, so that the links also work where the files are read in place; `command:NAME` is the page of a command.
import path from 'node:path';

const repository = 'https://github.com/wheelwright/wheelwright';

/** The page of a file, relative to the pages' directory; undefined for a file that the site does not hold. */
export function placeOf(source: string): string | undefined {
  const readme = /^packages\/([\w-]+)\/README\.md$/.exec(source);
  if (readme !== null) return readme[1] === 'testkit' ? undefined : `packages/${readme[1]}.md`;
  if (source === 'packages/README.md') return 'packages/index.md';
  if (source === 'ARCHITECTURE.md') return 'architecture.md';
  if (source === 'SUPPORT.md') return 'support.md';
  const page = /^(?:site\/pages|docs)\/(.+\.md)$/.exec(source);
  return page?.[1];
}

/** The text of `source` with its links and pictures as the site needs them. */
export function rewriteLinks(markdown: string, source: string): string {
  return outsideCode(markdown, (text) =>
    text
      .replaceAll(/!\[([^\]]*)\]\(([^)\s]+\.svg)\)/g, (_, alt: string, target: string) => {
        const base = `/images/${path.basename(target, '.svg')}`;
        return `![${alt}](${base}-light.svg){.light-only}\n![${alt}](${base}-dark.svg){.dark-only}`;
      })
      .replaceAll(/\]\(([^)\s]+)\)/g, (_, target: string) => `](${linkOf(target, source)})`),
  );
}

function linkOf(target: string, source: string): string {
  if (target.startsWith('command:')) return `/commands/${target.slice('command:'.length)}`;
  if (/^([a-z]+:|#|\/)/.test(target)) return target;
  const [file = '', anchor] = target.split('#');
  const found = path.posix.normalize(path.posix.join(path.posix.dirname(source), file)).replace(/\/$/, '');
  const readme = /^packages\/[\w-]+$/.test(found)
    ? `${found}/README.md`
    : found === 'packages'
      ? 'packages/README.md'
      : found;
  const place = placeOf(readme);
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (place === undefined || !place.endsWith('.md')) return `${repository}/blob/main/${found}${hash}`;
  return `/${place.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '')}${hash}`;
}

/** Changes the parts of a text that are neither a fenced block nor code in a line. */
function outsideCode(markdown: string, change: (text: string) => string): string {
  return markdown
    .split(/(^```[\s\S]*?^```$|`[^`\n]+`)/m)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join('');
}

import { expect, test } from 'vitest';
import { placeOf, rewriteLinks } from './site-links.ts';
import { writePages, writePictures } from './write-site.ts';

const pages = writePages();
const pictures = writePictures();
const markdown = [...pages].filter(([place]) => place.endsWith('.md'));
const texts = new Map(markdown.map(([place, text]) => [place, text.replaceAll(/^```[\s\S]*?^```$/gm, '')]));

test('every link leads to a page of the site, and to a heading that is there', () => {
  const broken = [...texts].flatMap(([place, text]) =>
    [...text.matchAll(/\]\(([/#][^)\s]*)\)|link: (\/\S+)/g)]
      .map((match) => (match[1] ?? match[2]) as string)
      .filter((link) => !leadsSomewhere(link, place))
      .map((link) => `${place}: ${link}`),
  );
  expect(broken).toEqual([]);
});

test('every page has one title and no gap in its headings', () => {
  const wrong = [...texts]
    .filter(([place]) => place !== 'index.md')
    .filter(([, text]) => {
      const levels = [...text.matchAll(/^(#+) /gm)].map((match) => (match[1] as string).length);
      return (
        levels.filter((level) => level === 1).length !== 1 ||
        levels.some((level, n) => level > (levels[n - 1] ?? 0) + 1)
      );
    })
    .map(([place]) => place);
  expect(wrong).toEqual([]);
});

test('every command of the help has a page with its options', () => {
  const { commands } = JSON.parse(pages.get('contents.json') ?? '') as { commands: string[] };
  expect(commands).toContain('install');
  expect(commands.length).toBeGreaterThan(20);
  for (const command of commands) expect(pages.get(`commands/${command}.md`)).toContain('| `-h, --help` |');
});

test('every picture is drawn for light and for dark, and has a text for readers', () => {
  for (const [name, svg] of pictures) {
    expect(svg, name).toContain('aria-label="');
    expect(svg, name).not.toContain('@media');
  }
  for (const [, text] of texts)
    for (const [, base] of text.matchAll(/\/images\/([\w-]+)-light\.svg/g))
      expect(pictures.has(`images/${base}-light.svg`) && pictures.has(`images/${base}-dark.svg`), base).toBe(true);
});

test('links to files become links to pages, other files to the repository', () => {
  const text =
    '[a](../../../docs/errors.md#X) [b](../../../packages/fslock) [c](command:install) [d](../../../LICENSE) `[e](x.md)`';
  expect(rewriteLinks(text, 'site/pages/guides/ci.md')).toBe(
    '[a](/errors#X) [b](/packages/fslock) [c](/commands/install) [d](https://github.com/wheelwright/wheelwright/blob/main/LICENSE) `[e](x.md)`',
  );
  expect(placeOf('packages/testkit/README.md')).toBeUndefined();
});

function leadsSomewhere(link: string, from: string): boolean {
  const [page = '', anchor] = link.split('#');
  if (page.startsWith('/images/')) return pictures.has(page.slice(1));
  const place = page === '' ? from : `${page.slice(1)}${page.endsWith('/') ? 'index' : ''}.md`;
  const text = texts.get(place);
  if (text === undefined) return false;
  if (anchor === undefined) return true;
  return [...text.matchAll(/^#+ (.+)$/gm)].some((match) => slugOf(match[1] as string) === anchor.toLowerCase());
}

/** The anchor that VitePress gives a heading. */
function slugOf(heading: string): string {
  return heading
    .replaceAll(/[`*\\]/g, '')
    .replaceAll(/[\s~!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, '-')
    .replaceAll(/-{2,}/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase();
}

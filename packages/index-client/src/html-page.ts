// The anchors of a simple page or a link page (PEP 503). The scanner reads each character once, whatever the page holds:
// comments, unclosed quotes and a million `<` cost no more than honest markup.

export interface Anchor {
  readonly href: string;
  /** The `href` of the page's `<base>`, as it stands. */
  readonly base: string | undefined;
  readonly attributes: ReadonlyMap<string, string>;
}

/** What a page consists of, as far as it is looked at. */
export interface HtmlPage {
  /** In their order. */
  readonly anchors: readonly Anchor[];
  readonly meta: readonly { readonly name: string; readonly content: string }[];
}

export function readHtmlPage(html: string): HtmlPage {
  const anchors: Anchor[] = [];
  const meta: { name: string; content: string }[] = [];
  let base: string | undefined;
  for (const { name, attributes } of scanTags(html)) {
    const href = attributes.get('href');
    if (name === 'a' && href !== undefined) anchors.push({ href, base, attributes });
    if (name === 'base' && href !== undefined) base ??= href;
    if (name === 'meta') {
      meta.push({ name: attributes.get('name')?.toLowerCase() ?? '', content: attributes.get('content') ?? '' });
    }
  }
  return { anchors, meta };
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const wanted = new Set(['a', 'base', 'meta']);
const raw = new Set(['script', 'style', 'title']);
const tagName = /[A-Za-z][A-Za-z0-9]*/y;
// Each alternative ends at the first character that cannot continue it; only the page's last quotes can fail to close.
const attribute = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/y;
const tagEnd = /[\s/]*>/y;

function* scanTags(html: string): Generator<Tag> {
  let at = html.indexOf('<');
  while (at !== -1) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4);
      if (end === -1) return;
      at = html.indexOf('<', end + 3);
      continue;
    }
    const name = matchAt(tagName, html, at + 1)?.[0].toLowerCase();
    if (name === undefined) {
      at = html.indexOf('<', at + 1);
      continue;
    }
    const { attributes, end } = scanAttributes(html, at + 1 + name.length);
    if (wanted.has(name)) yield { name, attributes };
    const from = raw.has(name) ? endOfRaw(html, name, end) : end;
    at = from === -1 ? -1 : html.indexOf('<', from);
  }
}

/** The attributes from `start`, the first of each name, and where the tag ends. */
function scanAttributes(html: string, start: number): { attributes: Map<string, string>; end: number } {
  const attributes = new Map<string, string>();
  for (let at = start; ; at = attribute.lastIndex) {
    if (matchAt(tagEnd, html, at) !== null) return { attributes, end: tagEnd.lastIndex };
    const match = matchAt(attribute, html, at);
    if (match === null) return { attributes, end: html.length };
    const name = match[1]!.toLowerCase();
    if (!attributes.has(name)) attributes.set(name, decodeEntities(match[2] ?? match[3] ?? match[4] ?? ''));
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function endOfRaw(html: string, name: string, from: number): number {
  const pattern = new RegExp(`</${name}`, 'gi');
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? -1;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&(?:#(\d{1,7})|#[xX]([0-9A-Fa-f]{1,6})|([A-Za-z]{2,8}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? whole;
    const point = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    return point > 0 && point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  });
}

// The anchors of a simple page or a link page (PEP 503). The scanner reads each character once, whatever the page holds:
// comments, unclosed quotes and a million `<` cost no more than honest markup.
import { IndexError } from './errors.ts';

export interface Anchor {
  readonly href: string;
  readonly attributes: ReadonlyMap<string, string>;
}

export interface AnchorPage {
  /** The `href` of `<base>`, as it stands. */
  readonly base?: string | undefined;
  readonly anchors: readonly Anchor[];
}

/** Throws INDEX_BAD_PAGE for a page of a repository version that we do not know (PEP 629). */
export function parseAnchorPage(html: string, pageUrl: string): AnchorPage {
  let base: string | undefined;
  const anchors: Anchor[] = [];
  for (const { name, attributes } of scanTags(html)) {
    const href = attributes.get('href');
    if (name === 'a' && href !== undefined) anchors.push({ href, attributes });
    if (name === 'base' && href !== undefined) base ??= href;
    if (name === 'meta' && attributes.get('name') === 'pypi:repository-version') {
      checkApiVersion(attributes.get('content') ?? '', pageUrl);
    }
  }
  return { base, anchors };
}

/** A newer minor version adds, a newer major version changes. */
export function checkApiVersion(version: string, pageUrl: string): void {
  const major = Number.parseInt(version, 10);
  if (Number.isNaN(major) || major <= 1) return;
  throw new IndexError(
    'INDEX_BAD_PAGE',
    `${pageUrl} is a page of API version ${version}; this client knows version 1.`,
    {
      hint: 'Use a newer release of this tool, or another index.',
      data: { url: pageUrl, version },
    },
  );
}

interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
}

const wanted = new Set(['a', 'base', 'meta']);
const raw = new Set(['script', 'style', 'title']);

function* scanTags(html: string): Generator<Tag> {
  let at = html.indexOf('<');
  while (at !== -1) {
    if (html.startsWith('<!--', at)) {
      const end = html.indexOf('-->', at + 4);
      if (end === -1) return;
      at = html.indexOf('<', end + 3);
      continue;
    }
    const nameEnd = skip(html, at + 1, isNameCharacter);
    const name = html.slice(at + 1, nameEnd).toLowerCase();
    if (name === '') {
      at = html.indexOf('<', at + 1);
      continue;
    }
    const { attributes, end } = scanAttributes(html, nameEnd);
    if (wanted.has(name)) yield { name, attributes };
    const from = raw.has(name) ? endOfRaw(html, name, end) : end;
    at = from === -1 ? -1 : html.indexOf('<', from);
  }
}

function scanAttributes(html: string, start: number): { attributes: Map<string, string>; end: number } {
  const attributes = new Map<string, string>();
  let at = start;
  while (at < html.length && html[at] !== '>') {
    if (isSpace(html[at]!) || html[at] === '/') {
      at += 1;
      continue;
    }
    const nameEnd = skip(html, at, (character) => !isSpace(character) && !'=>/'.includes(character));
    const name = html.slice(at, nameEnd === at ? at + 1 : nameEnd).toLowerCase();
    at = skip(html, Math.max(nameEnd, at + 1), isSpace);
    let value = '';
    if (html[at] === '=') {
      at = skip(html, at + 1, isSpace);
      const quote = html[at];
      if (quote === '"' || quote === "'") {
        const close = html.indexOf(quote, at + 1);
        const end = close === -1 ? html.length : close;
        value = html.slice(at + 1, end);
        at = end + 1;
      } else {
        const end = skip(html, at, (character) => !isSpace(character) && character !== '>');
        value = html.slice(at, end);
        at = end;
      }
    }
    if (!attributes.has(name)) attributes.set(name, decodeEntities(value));
  }
  return { attributes, end: at + 1 };
}

function endOfRaw(html: string, name: string, from: number): number {
  const pattern = new RegExp(`</${name}`, 'gi');
  pattern.lastIndex = from;
  return pattern.exec(html)?.index ?? -1;
}

function skip(text: string, start: number, matches: (character: string) => boolean): number {
  let at = start;
  while (at < text.length && matches(text[at]!)) at += 1;
  return at;
}

function isSpace(character: string): boolean {
  return character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\f';
}

function isNameCharacter(character: string): boolean {
  return /[A-Za-z0-9]/.test(character);
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

import { describe, expect, it } from 'vitest';
import { parsePage } from '../src/page-files.ts';

const origin = { source: 'index', index: 'http://localhost/simple/' } as const;
const parsed = (text: string, contentType: string, url = 'http://localhost/simple/demo/') =>
  parsePage({ url, contentType, body: Buffer.from(text) }, origin);
const parse = (text: string, contentType: string, url?: string) => parsed(text, contentType, url).files;
const html = (text: string, url?: string) => parse(text, 'text/html; charset=UTF-8', url);
const json = (value: unknown) => parse(JSON.stringify(value), 'application/vnd.pypi.simple.v1+json');

describe('an HTML page', () => {
  it('may have relative links, a base, and hashes in fragments', () => {
    const sha256 = 'ab'.repeat(32);
    const [file] = html(`<base href="../../store/"><a href="demo-1.0.tar.gz#sha256=${sha256.toUpperCase()}">x</a>`);
    expect(file).toMatchObject({ url: 'http://localhost/store/demo-1.0.tar.gz', hashes: { sha256 } });
  });

  it('tells what is yanked, why, and where metadata lies', () => {
    const files = html(
      '<a href=a-1.tar.gz data-yanked><a href=a-2.tar.gz data-yanked="too old"><a href=a-3-py3-none-any.whl ' +
        `data-dist-info-metadata="sha256=${'0'.repeat(64)}"><a href=a-4-py3-none-any.whl data-core-metadata=true>` +
        '<a href=a-5-py3-none-any.whl data-core-metadata=false>',
    );
    expect(files.map((file) => file.yanked)).toEqual([true, 'too old', false, false, false]);
    expect(files.map((file) => file.coreMetadata)).toEqual([
      undefined,
      undefined,
      { sha256: '0'.repeat(64) },
      true,
      undefined,
    ]);
  });

  it('from the network cannot point to files of this machine, nor bring credentials', () => {
    const links = [
      'file:///etc/a-1.tar.gz',
      'javascript:a-2.tar.gz',
      'http://u:p@localhost/a-3.tar.gz',
      'http://[/a-4.tar.gz',
    ];
    const files = html(links.map((link) => `<a href="${link}">`).join(''));
    expect(files.map((file) => file.url)).toEqual(['http://localhost/a-3.tar.gz']);
    const local = html('<a href="a-1.tar.gz">', 'file:///srv/links.html');
    expect(local.map((file) => file.url)).toEqual(['file:///srv/a-1.tar.gz']);
  });

  it('cannot offer file names that are paths', () => {
    const hidden = ['..%2F..%2Fa-1.tar.gz', '%5Ca-1.tar.gz', 'a-1%00.tar.gz', '%zz-1.tar.gz'];
    const files = html(hidden.map((link) => `<a href="${link}">`).join(''));
    expect(files.map((file) => file.filename)).toEqual(['%zz-1.tar.gz']);
  });
});

describe('a JSON page', () => {
  it('gives sizes and times', () => {
    const [file] = json({
      meta: { 'api-version': '1.4' },
      files: [
        { filename: 'a-1.tar.gz', url: 'a-1.tar.gz', hashes: {}, size: 7, 'upload-time': '2024-01-01T00:00:00Z' },
      ],
    });
    expect(file).toMatchObject({ size: 7, uploadTime: '2024-01-01T00:00:00Z', yanked: false });
  });

  it('with odd entries gives those that make sense', () => {
    const files = json({
      files: [
        null,
        7,
        {},
        { filename: 7, url: 'x' },
        { filename: '../a-1.tar.gz', url: 'a-1.tar.gz' },
        { url: 'https://b.invalid/a-0.tar.gz', filename: null },
        { filename: 'a-1.tar.gz', url: 'file:///etc/a-1.tar.gz' },
        { filename: 'a-2.tar.gz', url: 'a-2.tar.gz', hashes: { sha256: 'zz', md5: 7 }, size: -1, yanked: 'why' },
        { filename: 'a-3.tar.gz', url: 'a-3.tar.gz', hashes: ['x'], size: '9', 'requires-python': 3, yanked: null },
      ],
    });
    expect(files).toMatchObject([
      { filename: 'a-0.tar.gz', url: 'https://b.invalid/a-0.tar.gz' },
      { filename: 'a-2.tar.gz', hashes: {}, size: undefined, yanked: 'why' },
      { filename: 'a-3.tar.gz', hashes: {}, size: undefined, requiresPython: undefined, yanked: false },
    ]);
  });

  it.each([
    ['is not JSON', '{"files": ['],
    ['has no list of files', '{"files": {}}'],
    ['is of a later API', '{"meta": {"api-version": "2.0"}, "files": []}'],
    ['is null', 'null'],
  ])('that %s is refused', (_, text) => {
    expect(() => parse(text, 'application/json')).toThrow(expect.objectContaining({ code: 'INDEX_BAD_PAGE' }));
  });
});

it('the encoding that a server states is followed, a byte order mark is none of the text', () => {
  const page = (body: Buffer, contentType: string) => parsePage({ url: 'http://h/demo/', contentType, body }, origin);
  const link = '<a href="a-1.tar.gz" data-yanked="caf\u00e9">';
  for (const [body, contentType] of [
    [Buffer.from(link, 'utf16le'), 'text/html; charset="UTF-16LE"'],
    [Buffer.from(`\ufeff${link}`, 'utf16le'), 'text/html;charset=utf-16'],
    [Buffer.from(link, 'latin1'), 'text/html; charset=iso-8859-1'],
    [Buffer.from(`\ufeff${link}`), 'text/html; charset=no-such-thing'],
    [Buffer.from('\ufeff{"files": [{"url": "a-1.tar.gz", "yanked": "caf\u00e9"}]}'), 'application/json'],
  ] as const) {
    expect(page(body, contentType).files.map(({ yanked }) => yanked)).toEqual(['caf\u00e9']);
  }
});

describe('the facts of a project', () => {
  const factsOf = (page: object) => parsed(JSON.stringify({ files: [], ...page }), 'application/json').facts;

  it('are the same from JSON and from HTML', () => {
    const expected = {
      newerApi: '1.9',
      status: { status: 'quarantined', reason: 'malware' },
      sameProject: ['https://a.invalid/x/', 'https://b.invalid/x/'],
    };
    const meta = (name: string, content: string) => `<meta name="pypi:${name}" content="${content}">`;
    const page = [
      meta('repository-version', '1.9'),
      meta('project-status', 'quarantined'),
      meta('project-status-reason', 'malware'),
      meta('tracks', 'https://a.invalid/x/'),
      meta('alternate-locations', 'https://b.invalid/x/'),
    ];
    expect(parsed(page.join(''), 'text/html').facts).toEqual(expected);
    const json = {
      meta: { 'api-version': '1.9', tracks: ['https://a.invalid/x/'] },
      'project-status': { status: 'quarantined', reason: 'malware' },
      'alternate-locations': ['https://b.invalid/x/'],
    };
    expect(factsOf(json)).toEqual(expected);
  });

  it('are empty for an ordinary page and for values of the wrong kind', () => {
    expect(factsOf({ meta: { 'api-version': '1.4' }, 'project-status': { status: 'active' } })).toEqual({});
    const odd = { meta: { 'api-version': 1, tracks: 'x' }, 'project-status': 'archived', 'alternate-locations': [7] };
    expect(factsOf(odd)).toEqual({});
  });

  it('hold no page of a later major version', () => {
    const html = '<meta name="pypi:repository-version" content="2.0"><a href=x>';
    expect(() => parsed(html, 'text/html')).toThrow(expect.objectContaining({ code: 'INDEX_BAD_PAGE' }));
  });
});

it('a page that is neither HTML nor JSON is refused', () => {
  expect(() => parse('x', 'application/pdf')).toThrow(expect.objectContaining({ code: 'INDEX_BAD_PAGE' }));
});

import { expect, it } from 'vitest';
import { readHtmlPage } from '../src/html-page.ts';

const parse = (html: string) => readHtmlPage(html).anchors;
const hrefs = (html: string) => parse(html).map((anchor) => anchor.href);

it('anchors are read in every spelling that browsers accept', () => {
  expect(hrefs('<a href="one">x</a><A HREF=\'two\'>y<a\n  class=z\thref = three  >')).toEqual(['one', 'two', 'three']);
  expect(hrefs('<a href=one/two/three-1.0.tar.gz/>')).toEqual(['one/two/three-1.0.tar.gz/']);
  expect(hrefs('<abbr href="no"><a name="no"><area href="no">')).toEqual([]);
});

it('entities are decoded once, and unknown ones stay', () => {
  const [anchor] = parse(
    '<a href="?a=1&amp;b=2&copy=3" data-requires-python="&gt;=3.8&#44; &#x3C;4" data-yanked="a &amp;lt; &nope;">',
  );
  expect(anchor?.href).toBe('?a=1&b=2&copy=3');
  expect(anchor?.attributes.get('data-requires-python')).toBe('>=3.8, <4');
  expect(anchor?.attributes.get('data-yanked')).toBe('a &lt; &nope;');
});

it('the first of a doubled attribute counts, a bare attribute is empty', () => {
  const [anchor] = parse('<a data-yanked href="a" href="b">');
  expect(anchor?.href).toBe('a');
  expect(anchor?.attributes.get('data-yanked')).toBe('');
});

it('comments, scripts and styles hide what is in them', () => {
  expect(hrefs('<!-- <a href="no"> --><script>"<a href=no>"</script><style><a href=no></style><a href=yes>')).toEqual([
    'yes',
  ]);
  expect(hrefs('<a href=yes><!-- never closed <a href=no>')).toEqual(['yes']);
});

it('a base is taken from the page, the first one', () => {
  expect(parse('<base href="/files/"><base href="/no/"><a href=x>')[0]?.base).toBe('/files/');
});

it('the statements of a page about itself are read in order', () => {
  const html = '<META name="PyPI:tracks" content="a"><meta content=b name="pypi:tracks"><meta charset=utf-8>';
  expect(readHtmlPage(html).meta).toEqual([
    { name: 'pypi:tracks', content: 'a' },
    { name: 'pypi:tracks', content: 'b' },
    { name: '', content: '' },
  ]);
});

it.each([
  ['tags that never end', '<a '.repeat(300_000)],
  ['quotes that never end', '<a href="'.repeat(300_000)],
  ['quotes of both kinds', `<a x="'`.repeat(300_000)],
  ['brackets', '<'.repeat(1_000_000)],
  ['comments that never end', '<!--'.repeat(300_000)],
  ['scripts that never end', '<script>'.repeat(300_000)],
  ['ampersands', `<a href="${'&'.repeat(1_000_000)}">`],
  ['numbers of no character', `<a href="${'&#9999999;&#x110000;&#0;'.repeat(50_000)}">`],
])('a page made of %s is read to its end', (_, html) => {
  expect(parse(html).length).toBeLessThan(2);
});

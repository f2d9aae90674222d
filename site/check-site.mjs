// Opens every page of dist in a headless Chromium, narrow and wide, light and dark, and checks it with axe-core: contrast,
// headings, names of links and pictures. A page that scrolls sideways, an error of a script, and a link or picture that
// leads nowhere are faults too. `--pictures DIR` keeps a picture of each. Needs Chromium: $CHROMIUM, or one on the path.
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';

const dist = fileURLToPath(new URL('dist', import.meta.url));
const { values } = parseArgs({ options: { pictures: { type: 'string' } } });
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const views = [
  { name: 'wide-light', width: 1280, height: 900, colorScheme: 'light' },
  { name: 'wide-dark', width: 1280, height: 900, colorScheme: 'dark' },
  { name: 'narrow-light', width: 390, height: 844, colorScheme: 'light' },
  { name: 'narrow-dark', width: 390, height: 844, colorScheme: 'dark' },
];
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const server = createServer((request, response) => {
  const file = fileOf(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
  if (file === undefined) return response.writeHead(404).end();
  response.writeHead(200, { 'content-type': types[path.extname(file)] ?? 'application/octet-stream' });
  return response.end(readFileSync(file));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await chromium.launch({ executablePath: findChromium(), args: ['--no-sandbox'] });
const pages = readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.html') && name !== '404.html')
  .map((name) => `/${name.replace(/(^|\/)index\.html$/, '$1').replace(/\.html$/, '')}`)
  .sort();
const faults = [];
try {
  for (const { name, width, height, colorScheme } of views) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
    const page = await context.newPage();
    let at = '';
    page.on('pageerror', (error) => faults.push(`${at} ${name}: ${error.message}`));
    page.on('response', (response) => {
      if (response.status() >= 400) faults.push(`${at} ${name}: ${response.url()} answers ${response.status()}`);
    });
    for (at of pages) {
      await page.goto(`${origin}${at}`, { waitUntil: 'load' });
      faults.push(...(await check(page)).map((fault) => `${at} ${name}: ${fault}`));
      if (values.pictures !== undefined) {
        mkdirSync(values.pictures, { recursive: true });
        const picture = `${at.slice(1).replaceAll('/', '_') || 'index'}.${name}.png`;
        await page.screenshot({ path: path.join(values.pictures, picture), fullPage: true });
      }
    }
    await context.close();
  }
} finally {
  await browser.close();
  server.close();
}
for (const fault of new Set(faults)) console.error(fault);
console.log(`${pages.length} pages in ${views.length} views: ${new Set(faults).size} faults`);
process.exitCode = faults.length === 0 ? 0 : 1;

/** What is wrong with the page that is open. */
async function check(page) {
  await page.evaluate(axe);
  return await page.evaluate(async () => {
    // The theme's search button has a key beside its name, which this rule, an experimental one, refuses.
    const rules = { 'label-content-name-mismatch': { enabled: false } };
    const { violations } = await globalThis.axe.run(document, { resultTypes: ['violations'], rules });
    const found = violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(' ')}`));
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('scrolls sideways');
    const anchors = [...document.querySelectorAll('.vp-doc a[href^="#"]')].map((link) => link.getAttribute('href'));
    for (const anchor of anchors) {
      if (document.getElementById(decodeURIComponent(anchor.slice(1))) === null) found.push(`${anchor} leads nowhere`);
    }
    return found;
  });
}

function fileOf(name) {
  const candidates = [name, `${name}.html`, path.posix.join(name, 'index.html')].map((one) => path.join(dist, one));
  return candidates.find((file) => file.startsWith(dist) && existsSync(file) && statSync(file).isFile());
}

function findChromium() {
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chrome'];
  const dirs = (process.env.PATH ?? '').split(path.delimiter);
  const found =
    process.env.CHROMIUM ?? names.flatMap((name) => dirs.map((dir) => path.join(dir, name))).find(existsSync);
  if (found === undefined) throw new Error('No Chromium is on the search path, and CHROMIUM names none.');
  return found;
}

// The site. Its pages are written into .cache/pages by ../scripts/write-site.ts: from pages/, from docs/, from the READMEs
// of the packages and from the help of the command; those of api/ by ../write-api.mjs, from the docstrings. VitePress
// refuses a link that leads nowhere.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';

interface Contents {
  readonly commands: readonly string[];
  readonly packages: readonly string[];
  readonly protocols: readonly string[];
  readonly discoveries: readonly string[];
}

const contentsFile = fileURLToPath(new URL('../.cache/pages/contents.json', import.meta.url));
const contents: Contents = existsSync(contentsFile)
  ? JSON.parse(readFileSync(contentsFile, 'utf8'))
  : { commands: [], packages: [], protocols: [], discoveries: [] };
const items = (folder: string, names: readonly string[], title = (name: string) => name) =>
  names.map((name) => ({ text: title(name), link: `/${folder}/${name}` }));
const reference = contents.packages.map((name) => {
  const text = name === 'wheelwright' ? name : `@wheelwright/${name}`;
  return { text, link: `/api/${text}` };
});

export default defineConfig({
  title: 'wheelwright',
  description:
    'Python trees built and Python wheels installed from Node, by many processes at once and through any crash.',
  lang: 'en',
  srcDir: '.cache/pages',
  outDir: 'dist',
  cacheDir: '.cache/vite',
  cleanUrls: true,
  // The theme gives the front page no main part, which screen readers look for.
  transformHtml: (html) => html.replace('class="VPContent is-home" id="VPContent"', '$& role="main"'),
  // A page is Markdown alone: text such as <name> stays text. The reference has anchors in HTML, and escapes its text.
  markdown: {
    html: false,
    config(md) {
      const parse = md.parse.bind(md);
      md.parse = (source, env) => {
        md.set({ html: String(env?.relativePath).startsWith('api/') });
        return parse(source, env);
      };
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-high-contrast' },
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/guides/monorepo' },
      { text: 'Commands', link: '/commands/install' },
      { text: 'Embedding', link: '/packages/' },
      { text: 'How it works', link: '/how/generations' },
    ],
    // No group collapses: a folder with many pages has a sidebar of its own.
    sidebar: {
      '/commands/': [{ text: 'Commands', items: items('commands', contents.commands, (name) => `ww ${name}`) }],
      '/packages/': [
        {
          text: 'Embedding',
          items: [{ text: 'The packages', link: '/packages/' }, ...items('packages', contents.packages)],
        },
        { text: 'Reference', items: reference },
      ],
      '/api/': [{ text: 'Reference', items: reference }],
      '/': [
        {
          text: 'Start',
          items: [
            { text: 'What it is and why', link: '/why' },
            { text: 'Installation and first steps', link: '/start' },
            { text: 'Guarantees', link: '/guarantees' },
            { text: 'Benchmarks', link: '/benchmarks' },
            { text: 'Screens', link: '/screens' },
            { text: 'Errors', link: '/errors' },
            { text: 'Support', link: '/support' },
          ],
        },
        {
          text: 'Guides',
          items: [
            { text: 'A Node monorepo with Python packages', link: '/guides/monorepo' },
            { text: 'CI with one store and a remote', link: '/guides/ci' },
            { text: 'Docker', link: '/guides/docker' },
            { text: 'Serverless bundles', link: '/guides/serverless' },
            { text: 'An extension that ships a Python', link: '/guides/extension' },
            { text: 'A service upgraded under its readers', link: '/guides/service' },
            { text: 'A cache for many machines', link: '/remote' },
          ],
        },
        {
          text: 'Coming from',
          items: [
            { text: 'pip', link: '/from/pip' },
            { text: 'uv', link: '/from/uv' },
            { text: 'pypa/build', link: '/from/build' },
          ],
        },
        {
          text: 'How it works',
          items: [
            { text: 'Generations', link: '/how/generations' },
            { text: 'The store', link: '/how/store' },
            { text: 'Builds', link: '/how/builds' },
            { text: 'Architecture', link: '/architecture' },
          ],
        },
        { text: 'Protocols', items: items('protocols', contents.protocols) },
        { text: 'Discoveries', items: items('discoveries', contents.discoveries) },
      ],
    },
    socialLinks: [{ icon: 'github', link: 'https://github.com/wheelwright/wheelwright' }],
    footer: { message: 'Released under the MIT License.' },
  },
});

// Writes the reference of each package into .cache/pages/api: every exported name with its docstring, by typedoc. The links
// of docstrings are checked: one that leads nowhere ends this with an error.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';

const root = fileURLToPath(new URL('..', import.meta.url));
const packagesDir = path.join(root, 'packages');
const packages = readdirSync(packagesDir, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'testkit')
  .map(({ name }) => ({ name, entry: path.join(packagesDir, name, 'src', 'index.ts') }));

const app = await Application.bootstrapWithPlugins({
  plugin: ['typedoc-plugin-markdown'],
  tsconfig: path.join(root, 'tsconfig.json'),
  entryPoints: packages.map(({ entry }) => entry),
  outputs: [{ name: 'markdown', path: path.join(root, 'site', '.cache', 'pages', 'api') }],
  readme: 'none',
  githubPages: false,
  disableSources: true,
  excludeExternals: true,
  excludePrivate: true,
  excludeInternal: true,
  sort: ['source-order'],
  groupOrder: ['Functions', '*'],
  validation: { invalidLink: true, notExported: false, notDocumented: false },
  treatValidationWarningsAsErrors: true,
  // Of typedoc-plugin-markdown.
  outputFileStrategy: 'modules',
  entryFileName: 'index',
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hideGroupHeadings: false,
  useCodeBlocks: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  enumMembersFormat: 'table',
  sanitizeComments: true,
});
const project = await app.convert();
if (project === undefined) process.exit(1);
for (const child of project.children ?? []) {
  const directory = child.name.split('/')[0];
  child.name = JSON.parse(readFileSync(path.join(packagesDir, directory, 'package.json'), 'utf8')).name;
}
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

// What must hold of the repository as a whole, each rule a function from a checkout to the sentences it breaks.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import path from 'node:path';
import { missingDocstrings } from './missing-docstrings.ts';
import { circlesOf, moduleGraph } from './module-graph.ts';
import { debts } from './repo-debts.ts';
import { folderOrders, forbiddenFolderImport } from './repo-folders.ts';
import { forbiddenImport } from './repo-rows.ts';
import { findAvoidedWords, proseAreas } from './repo-words.ts';
import { bundledDependencies } from './third-party-notices.mjs';

/** One rule: the root of a checkout in, a sentence per violation out. */
export type Rule = (root: string) => string[];

const headings = ['When to use it, when not', 'Install', 'Usage', 'Guarantees', 'API', 'Errors', 'Related packages'];
const manifestFields = ['description', 'license', 'keywords', 'homepage', 'bugs', 'repository', 'author'] as const;
const registryHosts = [
  ['npmjs', 'org'],
  ['npmjs', 'com'],
  ['pypi', 'org'],
  ['pythonhosted', 'org'],
  ['crates', 'io'],
].map((parts) => parts.join('.'));
/** Files that a reader still takes in at a glance. */
const largestFolder = 25;
const machinePath = new RegExp(`["'\`(\\s]/(?:${['work', 'root', 'home/[a-z]+'].join('|')})/`);

/** Every rule by its name. */
export const rules: Readonly<Record<string, Rule>> = {
  rows: checkRows,
  circles: checkCircles,
  folders: checkFolders,
  docstrings: checkDocstrings,
  'third parties': checkThirdParties,
  manifests: checkManifests,
  'README headings': checkReadmes,
  'error codes': checkErrorCodes,
  'registry hosts': checkRegistryHosts,
  'machine paths': checkMachinePaths,
  'file length': checkFileLength,
  links: checkLinks,
  'tests behind guarantees': checkGuarantees,
  words: checkWords,
};

function checkRows(root: string): string[] {
  return packagesOf(root).flatMap(({ name, dir, manifest }) => {
    const declared = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
    const bundled = name === 'cli' ? Object.keys(manifest.devDependencies ?? {}) : (bundledDependencies[name] ?? []);
    const imported = sourcesOf(dir).flatMap((file) => importsOf(file).map((specifier) => ({ file, specifier })));
    const ours = [...new Set([...declared, ...imported.map(({ specifier }) => specifier)])]
      .map(ownName)
      .filter((own) => own !== undefined && own !== name) as string[];
    const forbidden =
      name === 'testkit'
        ? ours.map((own) => `testkit imports ${own}: it imports none of ours`)
        : ours.map((own) => forbiddenImport(name, own)).filter((text) => text !== undefined);
    const undeclared = imported
      .filter(({ specifier }) => !specifier.startsWith('.') && !builtinModules.includes(specifier.replace('node:', '')))
      .filter(
        ({ specifier }) =>
          ![
            ...declared,
            ...bundled,
            ...(name === 'testkit' ? Object.keys(manifest.devDependencies ?? {}) : []),
          ].includes(packageOf(specifier)),
      )
      .map(
        ({ file, specifier }) =>
          `${path.relative(root, file)} imports ${specifier}, which ${name}'s package.json does not declare`,
      );
    const unused = declared
      .filter((own) => ownName(own) !== undefined && !imported.some(({ specifier }) => packageOf(specifier) === own))
      .map((own) => `${name}'s package.json declares ${own}, which nothing in src imports`);
    return [...new Set([...forbidden, ...undeclared, ...unused])];
  });
}

/** No module imports itself, however far around; an import of a type counts. */
function checkCircles(root: string): string[] {
  return packagesOf(root).flatMap(({ name, dir }) => {
    const circles = circlesOf(moduleGraph(sourcesOf(dir)));
    const found = circles.map((files) => files.map((file) => path.relative(dir, file)).join(', '));
    return beyondDebt('circles', name, found).map((files) => `${name} has a circle of imports: ${files}`);
  });
}

/** Folders import in the order that `repo-folders.ts` gives, and none holds more than 25 files. */
function checkFolders(root: string): string[] {
  return packagesOf(root).flatMap(({ name, dir }) => {
    const files = sourcesOf(dir);
    const order = folderOrders[name];
    const src = path.join(dir, 'src');
    const backwards =
      order === undefined
        ? []
        : [...moduleGraph(files)].flatMap(([file, imported]) =>
            imported
              .map((target) => forbiddenFolderImport(order, path.relative(src, file), path.relative(src, target)))
              .filter((text) => text !== undefined),
          );
    const sizes = new Map<string, number>();
    for (const file of files) sizes.set(path.dirname(file), (sizes.get(path.dirname(file)) ?? 0) + 1);
    const full = [...sizes]
      .filter(([, size]) => size > largestFolder)
      .map(
        ([folder, size]) => `${path.relative(src, folder) || 'src'} holds ${size} files, more than ${largestFolder}`,
      );
    return beyondDebt('folders', name, [...backwards, ...full]).map((text) => `${name}: ${text}`);
  });
}

/** Every exported name and every member of an exported type has a docstring. */
function checkDocstrings(root: string): string[] {
  const published = packagesOf(root).filter(({ manifest }) => manifest.private !== true);
  const missing = missingDocstrings(
    root,
    published.map(({ dir }) => dir),
  );
  return published.flatMap(({ name, dir }) =>
    beyondDebt(
      'docstrings',
      name,
      missing.filter((text) => text.startsWith(`${path.relative(root, dir)} `)),
    ),
  );
}

/** The violations of a package, or none while they are no more than its debt. */
function beyondDebt(rule: string, name: string, found: string[]): string[] {
  return found.length <= (debts[rule]?.[name] ?? 0) ? [] : found;
}

/** Prose avoids the words of repo-words.ts. */
function checkWords(root: string): string[] {
  return proseAreas(root).flatMap((area) =>
    beyondDebt(
      'words',
      path.basename(area),
      findAvoidedWords(root, path.join(root, area)).map(
        ({ file, line, word, instead }) => `${file}:${line} says "${word}"; write instead: ${instead}`,
      ),
    ),
  );
}

function checkThirdParties(root: string): string[] {
  const importers = new Map<string, string[]>();
  for (const { dir, name } of packagesOf(root)) {
    if (name === 'testkit') continue;
    for (const file of sourcesOf(dir)) {
      for (const specifier of new Set(importsOf(file).map(packageOf))) {
        if (
          specifier.startsWith('.') ||
          ownName(specifier) !== undefined ||
          builtinModules.includes(specifier.replace('node:', ''))
        )
          continue;
        importers.set(specifier, [...(importers.get(specifier) ?? []), path.relative(root, file)]);
      }
    }
  }
  return [...importers]
    .filter(([, files]) => files.length > 1)
    .map(
      ([specifier, files]) =>
        `${specifier} is imported by ${files.join(' and ')}: one file alone imports a third party`,
    );
}

/** A published package says on npm what it is, whose it is and where it is developed; all have one version. */
function checkManifests(root: string): string[] {
  const published = packagesOf(root).filter(({ manifest }) => manifest.private !== true);
  const [first] = published;
  return published.flatMap(({ name, dir, manifest }) => {
    const missing = manifestFields.filter((field) => manifest[field] === undefined);
    const directory = path.relative(root, dir).split(path.sep).join('/');
    return [
      ...missing.map((field) => `${name}'s package.json has no ${field}`),
      ...(manifest.repository === undefined || manifest.repository.directory === directory
        ? []
        : [`${name}'s package.json names the directory ${manifest.repository.directory}, not ${directory}`]),
      ...(manifest.version === first?.manifest.version
        ? []
        : [`${name} has the version ${manifest.version}, ${first?.name} ${first?.manifest.version}`]),
    ];
  });
}

function checkReadmes(root: string): string[] {
  return packagesOf(root)
    .filter(({ manifest }) => manifest.private !== true)
    .flatMap(({ name, dir }) => {
      const readme = path.join(dir, 'README.md');
      if (!existsSync(readme)) return [`${name} has no README.md`];
      const found = [...withoutCode(readFileSync(readme, 'utf8')).matchAll(/^## (.+)$/gm)].map((match) => match[1]);
      const expected = headings.join(' · ');
      return found.filter((heading) => headings.includes(heading ?? '')).join(' · ') === expected
        ? []
        : [`${name}'s README.md has the headings ${found.join(' · ')}, not ${expected}`];
    });
}

function checkErrorCodes(root: string): string[] {
  const thrown = new Set(
    packagesOf(root).flatMap(({ dir }) => sourcesOf(dir).flatMap((file) => codesOf(readFileSync(file, 'utf8')))),
  );
  const page = path.join(root, 'docs', 'errors.md');
  const documented = new Set(
    [...(existsSync(page) ? readFileSync(page, 'utf8') : '').matchAll(/^### `?([A-Z][A-Z0-9_]+)`?$/gm)].map(
      (match) => match[1] as string,
    ),
  );
  return [
    ...[...thrown].filter((code) => !documented.has(code)).map((code) => `${code} has no section in docs/errors.md`),
    ...[...documented]
      .filter((code) => !thrown.has(code))
      .map((code) => `docs/errors.md describes ${code}, which no package has`),
  ];
}

function checkRegistryHosts(root: string): string[] {
  return textFilesOf(root).flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    return registryHosts
      .filter((host) => text.includes(host))
      .map((host) => `${path.relative(root, file)} names the registry host ${host}`);
  });
}

function checkMachinePaths(root: string): string[] {
  return textFilesOf(root)
    .filter((file) => !file.endsWith('repo-rules.ts') && machinePath.test(readFileSync(file, 'utf8')))
    .map((file) => `${path.relative(root, file)} names a path of one machine`);
}

function checkFileLength(root: string): string[] {
  return textFilesOf(root)
    .filter((file) => /\.(ts|mts|mjs|cjs|js|py)$/.test(file))
    .flatMap((file) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      if (lines.length <= 401 || lines.slice(0, 12).some((line) => line.includes('Longer than 400 lines because')))
        return [];
      return [
        `${path.relative(root, file)} has ${lines.length - 1} lines: split it, or write "Longer than 400 lines because …" at its top`,
      ];
    });
}

function checkLinks(root: string): string[] {
  return textFilesOf(root)
    .filter((file) => file.endsWith('.md') && !file.includes(`${path.sep}.changeset${path.sep}`))
    .flatMap((file) =>
      [...withoutCode(readFileSync(file, 'utf8')).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
        .map((match) => match[1] as string)
        .filter((target) => !/^[a-z]+:/.test(target) && !existsSync(path.resolve(path.dirname(file), target)))
        .map((target) => `${path.relative(root, file)} links to ${target}, which does not exist`),
    );
}

/** A guarantee is worth the test that it names: every test file in docs/guarantees.md exists. */
function checkGuarantees(root: string): string[] {
  const page = path.join(root, 'docs', 'guarantees.md');
  if (!existsSync(page)) return [];
  return [...readFileSync(page, 'utf8').matchAll(/`([\w./-]+\.test\.ts)`/g)]
    .map((match) => match[1] as string)
    .filter((file) => !existsSync(path.join(root, file)))
    .map((file) => `docs/guarantees.md names the test ${file}, which does not exist`);
}

// ---- what the rules read -------------------------------------------------------------------------------------------

interface Manifest {
  name: string;
  version?: string;
  description?: string;
  license?: string;
  keywords?: readonly string[];
  homepage?: string;
  bugs?: unknown;
  repository?: { directory?: string };
  author?: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

function packagesOf(root: string): { name: string; dir: string; manifest: Manifest }[] {
  return ['packages', 'apps'].flatMap((row) =>
    list(path.join(root, row))
      .map((name) => path.join(root, row, name))
      .filter((dir) => existsSync(path.join(dir, 'package.json')))
      .map((dir) => ({
        name: path.basename(dir),
        dir,
        manifest: JSON.parse(readFileSync(path.join(dir, 'package.json'), 'utf8')) as Manifest,
      })),
  );
}

function sourcesOf(packageDir: string): string[] {
  return walk(path.join(packageDir, 'src')).filter((file) => file.endsWith('.ts'));
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [
    ...text.matchAll(
      /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\brequire\(\s*['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3] ?? match[4]) as string);
}

/** The codes of a package: the members of its `type …ErrorCode = 'A' | 'B';` unions. */
function codesOf(source: string): string[] {
  return [...source.matchAll(/type \w*ErrorCode\s*=([^;]+);/g)].flatMap((match) =>
    [...(match[1] ?? '').matchAll(/'([A-Z][A-Z0-9_]+)'/g)].map((code) => code[1] as string),
  );
}

function packageOf(specifier: string): string {
  const parts = specifier.split('/');
  return specifier.startsWith('@') ? parts.slice(0, 2).join('/') : (parts[0] as string);
}

function ownName(specifier: string): string | undefined {
  const name = packageOf(specifier);
  if (name === 'wheelwright') return name;
  return name.startsWith('@wheelwright/') ? name.slice('@wheelwright/'.length) : undefined;
}

function textFilesOf(root: string): string[] {
  return walk(root).filter(
    (file) => /\.(ts|mts|mjs|cjs|js|py|md|json|yaml|yml|sh|toml)$/.test(file) || path.basename(file) === 'run',
  );
}

const skipped = new Set(['node_modules', 'dist', '.git', '.cache', '.turbo', '.demo', 'coverage']);

function walk(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return [];
    const file = path.join(dir, entry.name);
    return entry.isDirectory() ? walk(file) : entry.isFile() ? [file] : [];
  });
}

function list(dir: string): string[] {
  return existsSync(dir) ? readdirSync(dir) : [];
}

function withoutCode(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```/gm, '');
}

// The order of the folders within a package as data: a folder imports only from folders before its own.

/** The folders of one package, each stage a set of folders that do not import each other. */
export interface FolderOrder {
  /** Files directly in `src` that every folder may import: the package's errors, its ports. */
  readonly base: readonly string[];
  /** Stages of folders, the first imported by all later ones. Other files directly in `src` come after the last. */
  readonly stages: readonly (readonly string[])[];
}

/** The order of every package whose `src` has folders. */
export const folderOrders: Readonly<Record<string, FolderOrder>> = {
  packaging: {
    base: ['name.ts', 'packaging-error.ts', 'table.ts'],
    stages: [['versions'], ['markers'], ['requirements'], ['tags'], ['metadata'], ['lock']],
  },
  'atomic-fs': {
    // Single calls on files, which transactions and the larger calls are made of.
    base: [
      'atomic-fs-error.ts',
      'ports.ts',
      'copy-file.ts',
      'node-fs.ts',
      'with-file.ts',
      'create-file.ts',
      'sync.ts',
      'identity.ts',
      'read-if-present.ts',
      'remove-tree.ts',
      'temporary-name.ts',
    ],
    stages: [['transaction']],
  },
  python: {
    base: ['python-error.ts', 'ports.ts'],
    stages: [['interpreter'], ['environment'], ['scripts'], ['image']],
  },
  pep517: {
    base: ['pep517-error.ts', 'ports.ts', 'build-record.ts', 'build-cache.ts'],
    stages: [['git'], ['tree'], ['project'], ['runner'], ['session'], ['artifact'], ['cache']],
  },
  installer: {
    base: [],
    stages: [
      ['model'],
      ['layout'],
      ['read'],
      ['plan'],
      ['check'],
      ['verify'],
      ['generation'],
      ['recover'],
      ['shared', 'in-place'],
      ['environment'],
      ['convert'],
      ['repair'],
    ],
  },
  'index-client': { base: ['errors.ts', 'netrc.ts', 'credentials.ts'], stages: [['transport']] },
  store: {
    base: ['store-error.ts', 'store-paths.ts', 'exact-modes.ts'],
    stages: [['use', 'entry'], ['fill']],
  },
  'remote-store': {
    base: ['errors.ts', 'events.ts', 'ports.ts'],
    stages: [['transport', 'trust'], ['backends', 'guard'], ['artifacts'], ['flight']],
  },
  wheelwright: {
    base: [],
    stages: [
      ['tool'],
      ['requirements'],
      ['wheels'],
      ['resolve'],
      ['sources'],
      ['build'],
      ['environment'],
      ['lock'],
      ['commands'],
    ],
  },
};

/** Position of a file (relative to `src`) in its package's order; undefined for a folder without a place. */
export function stageOf(order: FolderOrder, file: string): number | undefined {
  const [folder, rest] = file.split('/') as [string, string | undefined];
  if (rest === undefined) return order.base.includes(folder) ? -1 : order.stages.length;
  const stage = order.stages.findIndex((folders) => folders.includes(folder));
  return stage === -1 ? undefined : stage;
}

/** Why `importer` must not import `imported` (both relative to `src`), or undefined where it may. */
export function forbiddenFolderImport(order: FolderOrder, importer: string, imported: string): string | undefined {
  const from = stageOf(order, importer);
  const to = stageOf(order, imported);
  if (from === undefined || to === undefined)
    return `${from === undefined ? importer : imported} is in a folder without a place in scripts/repo-folders.ts`;
  if (to > from) return `${importer} imports ${imported}, which comes after it`;
  const folderOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : '');
  if (to === from && folderOf(importer) !== folderOf(imported))
    return `${importer} imports ${imported}: folders of one stage do not import each other`;
  return undefined;
}

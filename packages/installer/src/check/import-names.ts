// The names that a distribution offers for import, from its metadata or from the names of its files. Pure.
import { type Metadata, parseMetadata } from '@wheelwright/packaging';

/** What the names follow from. */
export interface DistributionFiles {
  /** The text of METADATA. */
  readonly metadataText: string;
  /** Relative to site-packages. */
  readonly files: readonly string[];
  /** The text of `top_level.txt`: an editable wheel of setuptools names its modules nowhere else. */
  readonly topLevelText?: string | undefined;
}

/** Names that many wheels contain by mistake, and that run when imported: imported only where there is nothing else. */
const byMistake = /^(?:tests?|docs?|examples?|benchmarks?|scripts|conftest|setup)$/;

const identifier = /^[\p{L}_][\p{L}\p{N}_]*$/u;

/**
 * The names to import, sorted. PEP 794's `Import-Name` where there is one (an empty one means none); else every package
 * and module at the top, and of a namespace the packages below it. Names that begin with an underscore or look packed by
 * mistake count only where nothing else is there.
 */
export function importNames({ metadataText, files, topLevelText = '' }: DistributionFiles): readonly string[] {
  const metadata = tryParseMetadata(metadataText);
  if (metadata?.headers.has('import-name')) return [...new Set(metadata.importNames)].sort();
  const found = namesIn(files);
  const names = found.length > 0 ? found : topLevelText.split(/\s+/).filter((name) => identifier.test(name));
  const usual = names.filter((name) => !name.startsWith('_') && !byMistake.test(name));
  return [...new Set(usual.length > 0 ? usual : names)].sort();
}

function tryParseMetadata(text: string): Metadata | undefined {
  try {
    return parseMetadata(text);
  } catch {
    return undefined; // the names of its files follow without it
  }
}

function namesIn(files: readonly string[]): string[] {
  const packages = new Set<string>();
  const modules: string[] = [];
  for (const file of files) {
    const parts = file.split('/');
    const module = moduleName(parts.pop()!);
    if (module === undefined || parts.some((part) => !identifier.test(part))) continue;
    if (module === '__init__') packages.add(parts.join('.'));
    else if (parts.length === 0) modules.push(module);
  }
  // `a.b` is a name of its own only where `a` is a namespace package: else `a` decides what is below it.
  const outer = [...packages].filter((name) => {
    const parents = name.split('.').slice(0, -1);
    return name !== '' && !parents.some((_, index) => packages.has(parents.slice(0, index + 1).join('.')));
  });
  return [...outer, ...modules].filter((name) => !name.startsWith('__editable__'));
}

/** `mod` of `mod.py`, `mod.so` or `mod.cpython-311-x86_64-linux-gnu.so`. */
function moduleName(name: string): string | undefined {
  const module = /^([^.]+)(?:\.py|(?:\.[^/]+)?\.(?:so|pyd))$/.exec(name)?.[1];
  return module !== undefined && identifier.test(module) ? module : undefined;
}

// The graph of a package's own modules, by the compiler's reading of each file; types count as imports too.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/** Every file with the files of the same set that it imports or re-exports, as absolute paths. */
export type ModuleGraph = ReadonlyMap<string, readonly string[]>;

/** Reads the imports of `files` among each other: values, types, re-exports, `import()`. */
export function moduleGraph(files: readonly string[]): ModuleGraph {
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true);
      const targets = importedFiles
        .map(({ fileName }) => fileName)
        .filter((specifier) => specifier.startsWith('.'))
        .map((specifier) => path.resolve(path.dirname(file), specifier))
        .filter((target) => known.has(target) && existsSync(target));
      return [file, [...new Set(targets)]] as const;
    }),
  );
}

/** The circles of a graph: its strongly connected components of more than one file, or of one that imports itself. */
export function circlesOf(graph: ModuleGraph): string[][] {
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const circles: string[][] = [];
  for (const file of graph.keys()) if (!index.has(file)) visit(file);
  return circles;

  // Tarjan's algorithm; packages are shallow enough to recurse.
  function visit(file: string): void {
    index.set(file, index.size);
    low.set(file, index.get(file) as number);
    stack.push(file);
    onStack.add(file);
    for (const target of graph.get(file) ?? []) {
      if (!index.has(target)) {
        visit(target);
        low.set(file, Math.min(low.get(file) as number, low.get(target) as number));
      } else if (onStack.has(target)) {
        low.set(file, Math.min(low.get(file) as number, index.get(target) as number));
      }
    }
    if (low.get(file) !== index.get(file)) return;
    const circle: string[] = [];
    for (let member = ''; member !== file; ) {
      member = stack.pop() as string;
      onStack.delete(member);
      circle.push(member);
    }
    if (circle.length > 1 || graph.get(file)?.includes(file)) circles.push(circle.sort());
  }
}

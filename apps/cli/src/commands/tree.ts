// `ww tree [NAME…] [--invert]`
import { type RequirementGraph, type RequirementNode, tree as readTree } from 'wheelwright';
import { type PlaceFlags, readPlace } from '../place-options.ts';
import { type CommonOptions, runCommand } from '../run-command.ts';

export interface TreeOptions extends CommonOptions, PlaceFlags {
  readonly invert?: boolean;
  readonly depth?: string;
}

export async function tree(names: readonly string[], options: TreeOptions): Promise<void> {
  await runCommand(options, async (tool, output) => {
    const depth = options.depth === undefined ? Number.POSITIVE_INFINITY : Number(options.depth);
    const graph = await readTree(tool, { ...readPlace(options), names, invert: options.invert });
    output.event({ event: 'tree', roots: graph.roots, nodes: [...graph.nodes.values()] });
    for (const line of drawTree(graph, depth)) output.result(line);
  });
}

/** The lines of the drawing. A distribution whose branch stands above is marked `(*)`, and a circle ends there too. */
export function drawTree({ roots, nodes }: RequirementGraph, depth: number): string[] {
  const lines: string[] = [];
  const drawn = new Set<string>();
  const draw = (node: RequirementNode, lead: string, label: string, level: number) => {
    const isKnown = drawn.has(node.normalizedName) && node.edges.length > 0;
    lines.push(`${label}${isKnown ? ' (*)' : ''}`);
    if (isKnown || level >= depth) return;
    drawn.add(node.normalizedName);
    const edges = [...node.edges].sort((a, b) => (a.to < b.to ? -1 : 1));
    for (const [at, { to, specifiers }] of edges.entries()) {
      const next = nodes.get(to);
      if (next === undefined) continue;
      const isLast = at === edges.length - 1;
      const text = `${lead}${isLast ? '└── ' : '├── '}${nameOf(next)}${specifiers === '' ? '' : ` [${specifiers}]`}`;
      draw(next, `${lead}${isLast ? '    ' : '│   '}`, text, level + 1);
    }
  };
  for (const root of roots) {
    const node = nodes.get(root);
    if (node !== undefined) draw(node, '', nameOf(node), 0);
  }
  return lines;
}

function nameOf({ name, version }: RequirementNode): string {
  return version === undefined ? `${name} (not installed)` : `${name} ${version}`;
}

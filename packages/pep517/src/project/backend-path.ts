// Where an in-tree backend lies: relative, existing and inside the tree by real path, not by how the text begins
// (`../tree-evil` starts with the path of `tree`).
import { realpathSync } from 'node:fs';
import path from 'node:path';

/** Why `entry` of backend-path must not be used for the tree, or undefined where it may. */
export function backendPathFault(treeDir: string, entry: string): string | undefined {
  if (entry === '' || path.isAbsolute(entry)) return `backend-path has '${entry}', which is not a relative path`;
  let real: string;
  try {
    real = realpathSync(path.join(treeDir, entry));
  } catch {
    return `backend-path has '${entry}', which does not exist`;
  }
  const relative = path.relative(realpathSync(treeDir), real);
  if (relative === '..' || relative.startsWith(`..${path.sep}`) || path.isAbsolute(relative)) {
    return `backend-path has '${entry}', which is outside the tree`;
  }
  return undefined;
}

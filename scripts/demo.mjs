// `npm run demo`: sets up, then runs the main job on real input. `-- --clean` removes what it made.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { root, setUp } from './setup.mjs';

if (process.argv.includes('--clean')) {
  rmSync(path.join(root, '.demo'), { recursive: true, force: true });
  process.stdout.write('Removed .demo\n');
} else {
  setUp();
  const { status } = spawnSync(
    path.join(root, 'node_modules', '.bin', 'tsx'),
    [path.join(root, 'scripts', 'demo', 'main.ts')],
    { cwd: root, stdio: 'inherit' },
  );
  process.exitCode = status ?? 1;
}

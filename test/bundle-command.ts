// Bundles the command before the tests run, so that they start what users start.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export default function bundleCommand(): void {
  execFileSync(process.execPath, [fileURLToPath(new URL('../apps/cli/build.mjs', import.meta.url))], {
    stdio: 'inherit',
  });
}

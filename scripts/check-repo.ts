// Checks the rules that keep this repository one design; prints every violation and exits 1 where there is any.
import { fileURLToPath } from 'node:url';
import { rules } from './repo-rules.ts';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const violations = Object.entries(rules).flatMap(([name, check]) => check(root).map((text) => `${name}: ${text}`));
for (const violation of violations) process.stdout.write(`${violation}\n`);
process.stdout.write(
  violations.length === 0 ? `${Object.keys(rules).length} rules hold\n` : `${violations.length} violations\n`,
);
process.exitCode = violations.length === 0 ? 0 : 1;

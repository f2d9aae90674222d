// Asks Python for a line of the report, in the environment that `sync` has made.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const python = fileURLToPath(new URL('.venv/bin/python', import.meta.url));

export function reportLine(x, y) {
  const program = 'import sys, turbo_report; print(turbo_report.line(float(sys.argv[1]), float(sys.argv[2])))';
  return execFileSync(python, ['-c', program, String(x), String(y)], { encoding: 'utf8' }).trim();
}

export function isInCircle(x, y, radius) {
  const program = 'import sys, turbo_shapes; print(turbo_shapes.is_in_circle(*map(float, sys.argv[1:])))';
  return execFileSync(python, ['-c', program, `${x}`, `${y}`, `${radius}`], { encoding: 'utf8' }).trim() === 'True';
}

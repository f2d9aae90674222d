// The bundle as it is built for users.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('the bundle has no import(): compiled from a code cache, Node refuses it', () => {
  const bundle = readFileSync(fileURLToPath(new URL('../dist/main.cjs', import.meta.url)), 'utf8');
  expect(bundle.match(/[^\w.]import\(\s*["'`]/g)).toBeNull();
  expect(bundle).toContain('require("node:http2")');
});

// One project per kind of test; the suffix of the file says the kind.
import { defineConfig } from 'vitest/config';

const everywhere = (suffix: string) =>
  ['packages', 'apps']
    .map((root) => `${root}/*/test/**/*${suffix}`)
    .concat(`test/**/*${suffix}`, `scripts/**/*${suffix}`);
const kinds = ['race', 'crash', 'python', 'pack', 'prove'];

/**
 * The time limit of every test and hook, in ms. It only ends what hangs: a loaded machine takes many times as long as an
 * idle one, and no test may fail because of that. A proof run tries things for hours.
 */
const patience = process.env.WHEELWRIGHT_PROOF === undefined ? 1_800_000 : 7_200_000;

export default defineConfig({
  test: {
    globalSetup: ['./test/bundle-actors.ts', './test/bundle-command.ts'],
    pool: 'forks',
    testTimeout: patience,
    hookTimeout: patience,
    teardownTimeout: patience,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: everywhere('.test.ts'),
          exclude: [...kinds.flatMap((kind) => everywhere(`.${kind}.test.ts`)), '**/node_modules/**'],
        },
      },
      ...kinds.map((kind) => ({
        extends: true as const,
        test: {
          name: kind,
          include: everywhere(`.${kind}.test.ts`),
          exclude: ['**/node_modules/**'],
        },
      })),
    ],
  },
});

import type { Plugin } from 'esbuild';

/** Gives an ESM module `require`; it must be the banner of each build that has `requireCommonJs` or bundles CommonJS. */
export const requireBanner: string;

/** The dependencies of the package in `packageDir` that Node loads as CommonJS. */
export function commonJsDependencies(packageDir: string): string[];

/** An esbuild plugin: an `import` of one of these packages becomes a `require`, with the same default and named imports. */
export function requireCommonJs(names: readonly string[]): Plugin;

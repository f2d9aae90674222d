// Describes, in words, what another program did to shared packages.
import type { SharedWrites } from '@wheelwright/installer';

/** What the user can do about it. */
export const wayOut = 'Install with ww; or give the environment its own packages first, with `ww venv --export`.';

/** The sentence that says what was undone. */
export function describeRestored(undone: SharedWrites): string {
  return `${describeWrites(undone)}. ww undid that. ${wayOut}`;
}

/** The sentence that says what another program did, without a full stop. */
export function describeWrites({ environmentDir, written, taken, directories }: SharedWrites): string {
  const texts = [
    written.length > 0 ? `installed ${listOf(written)}` : '',
    taken.length > 0 ? `removed ${listOf(taken)}` : '',
  ].filter((text) => text !== '');
  const what = texts.length > 0 ? texts.join(' and ') : `changed ${directories.join(', ')}`;
  return `Another program changed packages that ${environmentDir} shares with other environments: it ${what}`;
}

function listOf(distributions: readonly { readonly name: string; readonly version: string }[]): string {
  return distributions.map(({ name, version }) => `${name} ${version}`).join(', ');
}

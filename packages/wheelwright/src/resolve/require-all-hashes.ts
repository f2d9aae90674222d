// Implements `--require-hashes`: every artifact to install, also of dependencies, must have a stated hash.
import { isPinned, type NormalizedName } from '@wheelwright/packaging';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { ResolvedPin } from './resolution-memo.ts';
import type { AskedFor } from './take-inputs.ts';

/**
 * Throws WHEELWRIGHT_HASH_MISSING, which names every pin without a stated hash and every requirement that pins no version.
 * It runs before any download from an index. Installed distributions that stay need no hash.
 */
export function requireAllHashes(pins: readonly ResolvedPin[], { hashes, roots, constraints }: AskedFor): void {
  const missing = pins.filter(({ name, source }) => source.from !== 'installed' && hashes.of(name) === undefined);
  if (missing.length > 0)
    throw new WheelwrightError(
      'WHEELWRIGHT_HASH_MISSING',
      `Every requirement needs a stated hash here, and these have none: ${missing.map(describe).join('; ')}.`,
      {
        hint: 'Add --hash=sha256:… to each of them, or remove all hashes and --require-hashes.',
        data: { missing: missing.map(({ name, version, requiredBy }) => ({ name, version, requiredBy })) },
      },
    );
  const installed = new Set(pins.flatMap(({ name, source }) => (source.from === 'installed' ? [name] : [])));
  const pinned = new Set<NormalizedName>(
    [...roots, ...constraints].flatMap(({ requirement: { normalizedName, specifiers, url } }) =>
      url !== undefined || isPinned(specifiers) !== undefined ? [normalizedName] : [],
    ),
  );
  const open = roots.filter(({ requirement: { normalizedName: name } }) => !pinned.has(name) && !installed.has(name));
  if (open.length === 0) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_HASH_MISSING',
    `A hash belongs to one version, and these requirements pin none: ${open.map(({ requirement }) => requirement.name).join(', ')}.`,
    { hint: 'Write name==VERSION beside each hash.', data: { unpinned: open.map(({ source }) => source) } },
  );
}

function describe({ name, version, requiredBy, source }: ResolvedPin): string {
  const known = source.from === 'index' ? source.file.hashes.sha256 : undefined;
  const who = requiredBy.length > 0 ? ` (required by ${requiredBy.join(', ')})` : '';
  return `${name}==${version}${who}${known === undefined ? '' : ` --hash=sha256:${known}`}`;
}

// Why versions have no file that may be used, which only a failure asks for. Pure: files in, reasons out.
import type { IndexFile } from '@wheelwright/index-client';
import type { RefusedVersion } from '@wheelwright/resolver';
import { type ChoiceOptions, type Offer, readOffers } from './offered-files.ts';
import { describeUnfitWheels } from './unfit-wheels.ts';

/** The versions that `chooseCandidates` leaves out, each with the reason. */
export function explainRefusals(files: readonly IndexFile[], options: ChoiceOptions): RefusedVersion[] {
  const versions = new Map<string, Offer[]>();
  for (const offer of readOffers(files, options)) {
    const known = versions.get(offer.version.key);
    if (known === undefined) versions.set(offer.version.key, [offer]);
    else known.push(offer);
  }
  return [...versions.values()]
    .filter((offers) => offers.every(({ refused }) => refused !== undefined))
    .map((offers) => ({ version: offers[0]!.version, ...reasonOf(offers, options) }));
}

const sdistsRuledOut = 'Let its sdist be built, which --only-binary, --no-build or another platform rules out.';

function reasonOf(
  offers: readonly Offer[],
  { target, formats, uploadedBeforeMs }: ChoiceOptions,
): { readonly reason: string; readonly remedy: string } {
  if (offers.every(({ refused }) => refused === 'upload-time')) {
    const limit = new Date(uploadedBeforeMs!).toISOString();
    const unknown = offers.every(({ file }) => file.uploadTime === undefined);
    return {
      reason: unknown ? `has no upload time, and only files from before ${limit} count` : `was uploaded after ${limit}`,
      remedy: 'Name a later date for --exclude-newer, or none.',
    };
  }
  const rest = offers.filter(({ refused }) => refused !== 'upload-time');
  const wheels = rest.filter(({ kind }) => kind === 'index');
  const hasSdist = rest.length > wheels.length;
  if (wheels.length === 0) {
    return { reason: 'is offered only as an sdist, and only wheels may be used', remedy: sdistsRuledOut };
  }
  if (!formats.wheels) {
    return {
      reason: 'is offered only as wheels, and only sdists may be used',
      remedy: 'Let wheels be used, which --no-binary rules out.',
    };
  }
  const unfit = describeUnfitWheels(
    wheels.map(({ file }) => file.filename),
    target,
  );
  const remedy = 'Choose a Python or a platform that its wheels are for.';
  return hasSdist
    ? { reason: `${unfit}; its sdist may not be used`, remedy: `${remedy.slice(0, -1)}, or let its sdist be built.` }
    : { reason: unfit, remedy };
}

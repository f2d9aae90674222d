// Wheels that a requirement names itself instead of leaving the choice to the resolver.
import { pathToFileURL } from 'node:url';
import type { IndexClient } from '@wheelwright/index-client';
import { formatDirectUrl, parseWheelFilename, tagRank } from '@wheelwright/packaging';
import type { Interpreter } from '@wheelwright/python';
import type { StoredWheel } from '@wheelwright/store';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import { fetchWheel } from './fetch-wheel.ts';
import { addLocalWheel } from './local-wheels.ts';
import type { RequirementInput } from './requirement-inputs.ts';

export interface GivenWheel {
  readonly wheel: StoredWheel;
  readonly directUrl: string;
}

/** The wheel that an input names itself, in the store: a file, one at a URL, or one built from a tree by `buildTree`. */
export async function takeGivenWheel(
  tool: Tool,
  input: Exclude<RequirementInput, { kind: 'requirement' }>,
  index: IndexClient,
  buildTree: ((dir: string) => Promise<string>) | undefined,
): Promise<GivenWheel> {
  const store = await tool.store();
  if (input.kind === 'wheel') {
    const wheel = await addLocalWheel(store, input.path);
    return { wheel, directUrl: archiveUrl(pathToFileURL(input.path).href, wheel) };
  }
  if (input.kind === 'wheel-url') {
    const url = new URL(input.url);
    const sha256 = /[#&]sha256=([0-9a-f]{64})/.exec(url.hash)?.[1];
    const filename = decodeURIComponent(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
    const wheel = await fetchWheel(
      tool,
      {
        filename,
        url: input.url,
        hashes: sha256 === undefined ? {} : { sha256 },
        yanked: false,
        source: 'find-links',
        index: input.url,
      },
      index,
    );
    url.username = '';
    url.password = '';
    url.hash = '';
    return { wheel, directUrl: archiveUrl(url.href, wheel) };
  }
  if (buildTree === undefined)
    throw new WheelwrightError(
      'WHEELWRIGHT_BAD_INPUT',
      `${input.dir} is a directory, and only wheels are accepted here.`,
    );
  const wheelPath = await buildTree(input.dir);
  return {
    wheel: await store.addWheel(wheelPath),
    directUrl: formatDirectUrl({ url: pathToFileURL(input.dir).href, directory: { editable: false } }),
  };
}

function archiveUrl(url: string, { sha256 }: StoredWheel): string {
  return formatDirectUrl({ url, archive: { hashes: { sha256 } } });
}

/** Throws WHEELWRIGHT_WRONG_PLATFORM where `interpreter` cannot use the wheel. */
export function checkPlatform(wheel: StoredWheel, interpreter: Interpreter): void {
  const { tags } = parseWheelFilename(wheel.filename);
  if (tagRank(tags, interpreter.tags) !== undefined) return;
  throw new WheelwrightError(
    'WHEELWRIGHT_WRONG_PLATFORM',
    `${wheel.filename} is not for Python ${interpreter.versionText} on ${interpreter.platform}.`,
    {
      hint: 'Take the wheel for this Python and platform, or an environment of the Python it was made for.',
      data: { filename: wheel.filename, tags, python: interpreter.versionText, platform: interpreter.platform },
    },
  );
}

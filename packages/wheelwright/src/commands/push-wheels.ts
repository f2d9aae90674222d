// `cache push`: copies the wheels and sdists of requirements or of a lock from their index to the remote, and publishes
// what was built from sources.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { RemoteCache } from '@wheelwright/remote-store';
import { type PullOptions, type ResolvedSet, requireRemote, resolveSet } from '../lock/named-set.ts';
import type { DistributionSource } from '../requirements/distribution-source.ts';
import { withCall } from '../tool/call.ts';
import { mapConcurrently } from '../tool/map-concurrently.ts';
import type { Tool } from '../tool/tool.ts';
import { WheelwrightError } from '../tool/wheelwright-error.ts';
import type { SharedFile } from '../wheels/download-shared.ts';

/** Which wheels to push, and how. */
export interface PushOptions extends PullOptions {
  /** Also store the small wheels of the set as one object. */
  readonly pack?: boolean | undefined;
  /** Read existing objects, and replace wrong ones. */
  readonly verify?: boolean | undefined;
}

/** The result of a push, by file name. */
export interface PushedWheels {
  /** Written, possibly over a wrong object. */
  readonly stored: readonly string[];
  /** Already stored. */
  readonly present: readonly string[];
  /** Not stored: the index states no hash, or the remote refused. */
  readonly skipped: readonly string[];
  /** Whether a pack was written. */
  readonly packed: boolean;
}

/**
 * Copies the wheels and sdists that requirements resolve to, or that a lock pins, from their index to the remote. With a
 * signing key it also publishes the wheels that are built from sources. Wheels that the store lacks are added to it too. On
 * return all writes have ended.
 * @throws WheelwrightError WHEELWRIGHT_USAGE if no remote is configured or its mode is `read`; RemoteError if it fails.
 */
export async function pushWheels(tool: Tool, options: PushOptions): Promise<PushedWheels> {
  return withCall(tool, options, (called) => pushWheelsWith(called, options));
}

async function pushWheelsWith(tool: Tool, options: PushOptions): Promise<PushedWheels> {
  const remote = await requireRemote(tool);
  if (!remote.isWritable)
    throw new WheelwrightError(
      'WHEELWRIGHT_USAGE',
      `The mode of ${remote.name} is read, so nothing can be pushed to it.`,
      { hint: 'Set WHEELWRIGHT_REMOTE_MODE to write.' },
    );
  const store = await tool.store();
  const staging = store.stage();
  try {
    const built = new Map<string, string>();
    const onBuilt = (file: string, sha256: string) => void built.set(sha256, path.basename(file));
    // With `outDir`, cached builds are published into the directory too, so that `publishesKept` sees them.
    const set = await resolveSet(tool, options, { outDir: staging.dir, onBuilt, publishesKept: true });
    return await pushSet(tool, remote, set, { ...options, dir: staging.dir, built });
  } finally {
    staging.release();
  }
}

interface PushContext extends PushOptions {
  /** A directory for temporary files. */
  readonly dir: string;
  /** The file names of the built wheels, by sha256. */
  readonly built: ReadonlyMap<string, string>;
}

async function pushSet(
  tool: Tool,
  remote: RemoteCache,
  { wheels, indexTool, interpreter }: ResolvedSet,
  { dir, built, pack = false, verify = false }: PushContext,
): Promise<PushedWheels> {
  const index = await indexTool.index(interpreter);
  // Files that the resolution downloaded were already offered to the remote.
  await remote.flush();
  const { packedBelow } = await import('@wheelwright/remote-store');
  const files = wheels.flatMap(({ source }) => fileOf(source) ?? []);
  const isKnown = ({ hashes, url }: OfferedFile) => hashes.sha256 !== undefined && !url.startsWith('file:');
  const there = new Set<string>();
  const small: { sha256: string; bytes: Uint8Array }[] = [];
  await mapConcurrently(files.filter(isKnown), { limit: 8, signal: tool.signal }, async (file, signal) => {
    const sha256 = file.hashes.sha256!;
    const target = mkdtempSync(path.join(dir, 'push-'));
    try {
      const wanted = { file, sha256, targetPath: path.join(target, 'verified'), verify, signal };
      if (await isPresent(remote, wanted)) there.add(sha256);
      const isSmall = pack && file.isWheel && (file.size ?? 0) < packedBelow;
      if (there.has(sha256) && !isSmall) return;
      const filePath = path.join(target, 'download');
      await index.download(file, filePath, { signal });
      if (!there.has(sha256)) await remote.offer(filePath, sha256);
      if (!isSmall) return;
      const bytes = readFileSync(filePath);
      if (bytes.length < packedBelow) small.push({ sha256, bytes });
    } finally {
      rmSync(target, { recursive: true, force: true });
    }
  });
  await remote.flush();
  for (const sha256 of built.keys())
    if (!remote.stored.has(sha256) && typeof (await remote.has(sha256, tool.signal)) === 'object') there.add(sha256);
  // An installation asks for the pack of all index wheels of its set, so the key covers all of them.
  const set = files.flatMap(({ isWheel, hashes }) => (isWheel ? (hashes.sha256 ?? []) : []));
  const packed = small.length > 0 && (await remote.storePack(set, small, tool.signal));
  const names = new Map([
    ...built,
    ...files.filter(isKnown).map((file) => [file.hashes.sha256!, file.filename] as const),
  ]);
  const ofKind = (kind: 'stored' | 'present' | 'skipped') =>
    [...names].filter(([sha256]) => kind === outcomeOf(remote, sha256, there)).map(([, filename]) => filename);
  const unknown = files.filter((file) => !isKnown(file)).map(({ filename }) => filename);
  return {
    stored: ofKind('stored'),
    present: ofKind('present'),
    skipped: [...unknown, ...ofKind('skipped')],
    packed,
  };
}

function outcomeOf(remote: RemoteCache, sha256: string, there: ReadonlySet<string>): 'stored' | 'present' | 'skipped' {
  if (remote.stored.has(sha256)) return 'stored';
  return there.has(sha256) ? 'present' : 'skipped';
}

type OfferedFile = SharedFile & { readonly isWheel: boolean };

/** The file that is downloaded for a distribution; undefined for trees and repositories. */
function fileOf(source: DistributionSource): OfferedFile | undefined {
  if (source.from === 'index' || source.from === 'sdist') return { ...source.file, isWheel: source.from === 'index' };
  if (source.from !== 'direct') return undefined;
  const { url, archive } = source.direct.directUrl;
  if (archive === undefined || url.startsWith('file:')) return undefined;
  const filename = decodeURIComponent(path.posix.basename(new URL(url).pathname));
  return { filename, url, hashes: archive.hashes ?? {}, isWheel: false };
}

interface WantedFile {
  readonly file: OfferedFile;
  readonly sha256: string;
  /** The path for a temporary copy that is read for verification. */
  readonly targetPath: string;
  readonly verify: boolean;
  readonly signal: AbortSignal;
}

async function isPresent(
  remote: RemoteCache,
  { file, sha256, targetPath, verify, signal }: WantedFile,
): Promise<boolean> {
  if (verify) return remote.fetch({ sha256, size: file.size }, targetPath, { signal });
  const there = await remote.has(sha256, signal);
  if (there === undefined || there === 'absent') return false;
  // Another size is another content: read it, so that it is known to be wrong and is written over.
  if (file.size === undefined || there.size === undefined || there.size === file.size) return true;
  return remote.fetch({ sha256, size: file.size }, targetPath, { signal });
}

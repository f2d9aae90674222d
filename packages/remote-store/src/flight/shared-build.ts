// One build over all machines. The numbers are those of docs/protocols/remote.md. Whatever the remote does, this ends in an
// artifact of the remote that is what it should be, or in a local build: no step waits for another machine beyond its limit.
import type { OfferedFile } from '../artifacts/blobs.ts';
import type { ArtifactIdentity, BuildRecord } from '../trust/build-record.ts';
import type { Json } from '../trust/canonical-json.ts';
import type { BuildEntries, FetchedBuild } from './build-entries.ts';
import { type EnterContext, enter } from './enter.ts';
import { HeldLease } from './held-lease.ts';

/** What a build gave. */
export interface BuiltArtifact {
  /** Where the artifact is. It is opened before the caller gets it, so that it may be moved or deleted afterwards. */
  readonly path: string;
  /** What the build used beyond its key. */
  readonly observed?: Json | undefined;
}

/** A build that machines share. */
export interface SharedBuildRequest {
  /** Whether a record is for a machine in this state, and its artifact is what is wanted: file name, version, tags. */
  readonly accepts?: ((record: BuildRecord) => boolean | Promise<boolean>) | undefined;
  /** Where an artifact of the remote is put, under its own name. */
  readonly targetDir: string;
  /** Builds on this machine. Called once at most, and its error passes unchanged. */
  readonly build: () => Promise<BuiltArtifact>;
  /** What went into the key, for people who read the record. */
  readonly inputs?: Json | undefined;
  /** Ends a wait for another machine, and a download. The build is given its own way to end. */
  readonly signal?: AbortSignal | undefined;
}

/** What the caller gets. `remote`: verified, at `path` in its target directory. `local`: what its own build gave. */
export type SharedBuildResult =
  | {
      readonly from: 'remote';
      readonly path: string;
      readonly artifact: ArtifactIdentity;
      readonly record: BuildRecord;
    }
  | { readonly from: 'local'; readonly path: string };

export interface FlightContext extends EnterContext {
  readonly entries: BuildEntries;
  readonly builtBy: string;
  /** Whether conditions were found to hold. Asked before the first lease. */
  readonly conditionsHold: () => Promise<boolean>;
  /** Opens what was built for an upload. */
  readonly offer: (path: string) => Promise<{ readonly filename: string; readonly offered: OfferedFile }>;
  /** Called with what was found, before it is given out. */
  readonly onFound: (key: string, found: FetchedBuild) => void;
  /** Runs beside the work; `signal` ends when the uploads are given up. */
  readonly beside: (work: (signal: AbortSignal) => Promise<void>) => void;
}

/** Gives an artifact for `key`, built at most once over all machines that work as they should. */
export async function sharedBuild(
  context: FlightContext,
  key: string,
  request: SharedBuildRequest,
): Promise<SharedBuildResult> {
  // 1. There already?             crash here: nothing has happened.
  const found = await fetchBuild(context, key, request);
  if (found !== undefined) return fromRemote(found);
  // 2. Those who cannot publish, or cannot trust a condition, build by themselves.
  if (!context.entries.canPublish || !context.breaker.allows('write')) return local(request);
  if (!(await context.conditionsHold())) return buildAndPublish(context, key, request, undefined);
  const come = () => fetchBuild(context, key, request);
  const entered = await enter(context, key, { come, signal: request.signal });
  if (entered === 'local') return local(request);
  if (entered instanceof HeldLease) return buildAndPublish(context, key, request, entered);
  return fromRemote(entered.found);
}

/** 4. to 6.: the build, under a lease where there is one. The upload runs beside the caller's work. */
async function buildAndPublish(
  context: FlightContext,
  key: string,
  request: SharedBuildRequest,
  lease: HeldLease | undefined,
): Promise<SharedBuildResult> {
  const { entries, breaker, beside, builtBy } = context;
  let built: BuiltArtifact;
  let opened: Awaited<ReturnType<FlightContext['offer']>>;
  try {
    // 4. Build.                   crash here: as after 3.
    built = await request.build();
    opened = await context.offer(built.path);
  } catch (error) {
    const isAbandoned = request.signal?.aborted === true;
    // 6. Say how it went.         crash here: as after 3.
    await lease?.end(isAbandoned ? 'abandoned' : 'failed', codeOf(error));
    throw error;
  }
  const { filename, offered } = opened;
  const { sha256, size } = offered;
  const record: BuildRecord = {
    format: 1,
    key,
    artifact: { filename, sha256, size },
    builtBy,
    builtAt: new Date().toISOString(),
    ...(built.observed === undefined ? {} : { observed: built.observed }),
    ...(request.inputs === undefined ? {} : { inputs: request.inputs }),
  };
  beside(async (signal) => {
    let isPublished = false;
    try {
      signal.throwIfAborted();
      // 5. The artifact, then its record.
      isPublished =
        (await breaker.run('write', async () => entries.publish(record, offered, signal).then(() => true))) === true;
    } finally {
      await offered.file.close();
      // 6. Say how it went.       crash here: 8 takes over, and 4 finds the record.
      await lease?.end(isPublished ? 'done' : 'abandoned');
    }
  });
  return { from: 'local', path: built.path };
}

async function local({ build }: SharedBuildRequest): Promise<SharedBuildResult> {
  return { from: 'local', path: (await build()).path };
}

async function fetchBuild({ entries, onFound }: FlightContext, key: string, request: SharedBuildRequest) {
  const { accepts = () => true, targetDir, signal } = request;
  const found = await entries.fetch(key, { accepts, targetDir, signal });
  if (found !== undefined) onFound(key, found);
  return found;
}

function fromRemote({ record, path }: FetchedBuild): SharedBuildResult {
  return { from: 'remote', path, artifact: record.artifact, record };
}

/** The code of an error, for a lease that says how a build went. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  return typeof code === 'string' ? code.slice(0, 100) : 'UNKNOWN';
}

// A build cache that machines share: first the builds of this machine, then those of the remote that a trusted key signed.
// A build from the remote is cached here too. Under this machine's lock for a build key the lease on the remote is taken,
// so that one machine builds and the others wait for it.
import { createHash } from 'node:crypto';
import type { BuildCache, BuildRecord } from '@wheelwright/pep517';
import type { RemoteCache, BuildRecord as SharedRecord } from '@wheelwright/remote-store';
import type { RemoteSettings } from '../tool/remote-settings.ts';

/** What is shared, and under which keys. */
export interface ShareBuildsOptions extends Pick<RemoteSettings, 'salt' | 'excluded'> {
  /** Whether a build that this machine has kept already goes to the remote too, when it is used. */
  readonly publishesKept?: boolean | undefined;
}

/** `local` with the builds of `remote` behind it. */
export function shareBuilds(
  local: BuildCache,
  remote: RemoteCache,
  { salt, excluded, publishesKept = false }: ShareBuildsOptions,
): BuildCache {
  const remoteKey = (key: string) =>
    salt === undefined ? key : createHash('sha256').update(`${salt}\n${key}`).digest('hex');
  const isShared = ({ kind, artifact }: BuildRecord) =>
    kind !== 'editable' && !excluded.some((name) => same(name, artifact.name));
  const readRemote = async (key: string) => {
    const records = await remote.readBuilds(remoteKey(key));
    return records
      .map((record) => fromShared(record, key))
      .filter((record) => record !== undefined && isShared(record));
  };
  const publish = async (record: BuildRecord, artifactPath: string) => {
    const key = remoteKey(record.key);
    const there = await remote.readBuilds(key);
    if (there.some(({ artifact }) => artifact.sha256 === record.artifact.sha256)) return;
    await remote.keepBuild(toShared(record, key), artifactPath);
  };
  const looked = new Map<string, ReturnType<typeof readRemote>>();
  const working = new Set<string>();
  return {
    ...local,
    async read(key) {
      const own = await local.read(key);
      // The local cache is read without the remote. The remote is asked before a build starts.
      if (own.length > 0 && !working.has(key)) return own;
      const known = working.has(key) ? undefined : looked.get(key);
      const asked = known ?? readRemote(key);
      looked.set(key, asked);
      return [...own, ...((await asked) as BuildRecord[])];
    },
    async fetch(record, targetPath) {
      if (await local.fetch(record, targetPath)) {
        if (publishesKept && isShared(record)) await publish(record, targetPath);
        return true;
      }
      if (!isShared(record)) return false;
      const { filename, sha256, size } = record.artifact;
      const wanted = { key: remoteKey(record.key), artifact: { filename, sha256, size } };
      if (!(await remote.fetchBuild({ ...wanted, format: 1, builtBy: '', builtAt: '' }, targetPath))) return false;
      await local.keep(record, targetPath);
      return true;
    },
    async keep(record, artifactPath) {
      await local.keep(record, artifactPath);
      if (isShared(record)) await remote.keepBuild(toShared(record, remoteKey(record.key)), artifactPath);
    },
    alone: (key, work, options) =>
      local.alone(
        key,
        (turn) =>
          remote.alone(
            remoteKey(key),
            async () => {
              working.add(key);
              try {
                return await work(turn);
              } finally {
                working.delete(key);
              }
            },
            { signal: options?.signal },
          ),
        options,
      ),
  };
}

function toShared(
  { kind, observed, artifact: { filename, sha256, size, name, version } }: BuildRecord,
  key: string,
): Omit<SharedRecord, 'format' | 'builtBy' | 'builtAt'> {
  return {
    key,
    artifact: { filename, sha256, size },
    observed: observed as unknown as NonNullable<SharedRecord['observed']>,
    inputs: { kind, name, version },
  };
}

/** Converts a record of the remote to a local one; undefined if a part of it is missing. */
function fromShared({ artifact, observed, inputs, builtAt }: SharedRecord, key: string): BuildRecord | undefined {
  const { kind, name, version } = (inputs ?? {}) as { kind?: unknown; name?: unknown; version?: unknown };
  if ((kind !== 'wheel' && kind !== 'sdist') || typeof name !== 'string' || typeof version !== 'string')
    return undefined;
  if (!isObserved(observed)) return undefined;
  return { key, kind, observed, artifact: { ...artifact, name, version }, builtAt };
}

function isObserved(value: unknown): value is BuildRecord['observed'] {
  if (typeof value !== 'object' || value === null) return false;
  const { variables, files, programs, requires, environment } = value as Record<string, unknown>;
  return (
    [variables, files, programs].every((each) => typeof each === 'object' && each !== null) &&
    Array.isArray(requires) &&
    Array.isArray(environment)
  );
}

function same(one: string, other: string): boolean {
  const normal = (name: string) => name.toLowerCase().replaceAll(/[-_.]+/g, '-');
  return normal(one) === normal(other);
}

export type { PackedContent } from './artifacts/packs.ts';
export { packedBelow, packKey } from './artifacts/packs.ts';
export type { ExpectedContent } from './artifacts/receive.ts';
export type { CredentialSource, Credentials } from './backends/credentials.ts';
export { type OpenRemoteOptions, openRemote } from './backends/open-remote.ts';
export { overlayRemote } from './backends/overlay-remote.ts';
export { checkRemote, type RemoteCheck } from './check-remote.ts';
export { RemoteError, type RemoteErrorCode } from './errors.ts';
export type { RemoteEvent, RemoteStats } from './events.ts';
export type { AloneOptions } from './flight/alone.ts';
export type { FlightTimes } from './flight/enter.ts';
export type { BuiltArtifact, SharedBuildRequest, SharedBuildResult } from './flight/shared-build.ts';
export type {
  Clock,
  RemoteBody,
  RemoteCallOptions,
  RemoteGetOptions,
  RemoteKey,
  RemoteObject,
  RemoteSpace,
  RemoteStore,
  RemoteTraits,
} from './ports.ts';
export { type FetchOptions, openRemoteCache, type RemoteCache, type RemoteCacheOptions } from './remote-cache.ts';
export type { Deadlines } from './transport/deadlines.ts';
export type { ArtifactIdentity, BuildRecord } from './trust/build-record.ts';
export { canonicalJson, type Json } from './trust/canonical-json.ts';
export { generateSigningKeys } from './trust/signing-keys.ts';

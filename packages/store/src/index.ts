export type { BytecodeInterpreter } from './add-bytecode.ts';
export type { CachedAnswer, CacheFiles, FactsFiles } from './cache-files.ts';
export type { FileGroup, ManifestFile, TreeManifest } from './manifest.ts';
export { type OpenStoreOptions, openStore } from './open-store.ts';
export type { Staging } from './staging.ts';
export { type AddWheelOptions, type DownloadRequest, Store, type StoredBytecode, type StoreEvent } from './store.ts';
export { StoreError, type StoreErrorCode } from './store-error.ts';
export type { StoredWheel, WheelManifest } from './stored-wheel.ts';

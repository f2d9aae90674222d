export { returnFreedMemory } from './allocator.ts';
export { crc32Of } from './checksum.ts';
export { errnoError } from './errno-error.ts';
export { type FlockMode, tryFlock } from './flock.ts';
export { tryInflateRaw } from './inflate.ts';
export { disableNativeCalls, nativeCallsAvailable, nativeCallsLoaded } from './koffi.ts';
export { type LinkManyError, linkMany } from './link-many.ts';
export { renameExchange, renameNoReplace } from './rename.ts';
export { syncFileSystem, syncFileSystemBeside } from './sync.ts';

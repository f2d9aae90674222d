export type { AskKeyring, UserAndPassword } from './credentials.ts';
export { IndexError, type IndexErrorCode } from './errors.ts';
export { createIndexClient } from './index-client.ts';
export type { ResponseCache } from './ports.ts';
export type {
  DownloadableFile,
  DownloadOptions,
  IndexClient,
  IndexClientOptions,
  IndexEvent,
  IndexFile,
  IndexStrategy,
  ProjectStatus,
} from './types.ts';

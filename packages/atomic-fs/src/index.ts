export { AtomicFsError, type AtomicFsErrorCode } from './atomic-fs-error.ts';
export { notDurable } from './commit-rename.ts';
export { type CreateFileOptions, createFile } from './create-file.ts';
export { linkFile } from './link-file.ts';
export {
  type LinkMode,
  type LinkTreeGroup,
  type LinkTreeOptions,
  type LinkTreePlan,
  type LinkTreeResult,
  linkTree,
} from './link-tree.ts';
export {
  doLinkWork,
  type LinkBeside,
  type LinkFiles,
  type LinkTreesOptions,
  type LinkWork,
  linkTrees,
} from './link-trees.ts';
export { nodeFs } from './node-fs.ts';
export type { CopyFileOptions, Fs } from './ports.ts';
export { type PublishDirectoryOptions, publishDirectory } from './publish-directory.ts';
export {
  isDirectory,
  isRealDirectory,
  listNames,
  lookAtEntry,
  readHead,
  readLink,
  readReadable,
  readText,
} from './read-if-present.ts';
export { type RemoveTreeOptions, removeTree } from './remove-tree.ts';
export { type ReplaceDirectoryOptions, replaceDirectory, restoreDirectory } from './replace-directory.ts';
export { type SweepPartialsOptions, type SweepTemporariesOptions, sweepPartials, sweepTemporaries } from './sweep.ts';
export { type SwitchPointerOptions, switchPointer } from './switch-pointer.ts';
export {
  type Durability,
  type SyncOptions,
  type SyncSet,
  syncDirectory,
  syncEachOf,
  syncTogetherBeside,
  syncTree,
  trySyncBeside,
} from './sync.ts';
export { type CreateTemporaryOptions, createTemporary, type Temporary } from './temporary.ts';
export { uniqueSuffix } from './temporary-name.ts';
export type { CommitOptions, CommitResult } from './transaction/commit-result.ts';
export { describeJournal, type UnfinishedPath } from './transaction/describe-journal.ts';
export { setJournalAside } from './transaction/journal-file.ts';
export { needsRecovery, type RecoveryReport, recover, whyRefused } from './transaction/recover.ts';
export { openTransaction, type Transaction } from './transaction/transaction.ts';
export type { TransactionOptions } from './transaction/work-area.ts';
export { type WriteFileAtomicOptions, writeFileAtomic } from './write-file-atomic.ts';

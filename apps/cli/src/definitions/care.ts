// What is wrong is found and put right: verify, repair, doctor, recover, locks.
import type { Definition } from './definition.ts';
import { withEnvironmentOption, withIndexOptions, withTargetOption } from './options.ts';

export const verify: Definition = {
  name: 'verify',
  group: 'care',
  examples: [],
  define(command) {
    command
      .description('compare every file with RECORD and every path with its owners')
      .action(async (options) => (await import('../commands/verify.ts')).verify(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const repair: Definition = {
  name: 'repair',
  group: 'care',
  examples: [['ww repair --dry-run', 'what it would do']],
  define(command) {
    command
      .description(
        'put right what verify finds: the environment itself, then its packages, from the store or the index',
      )
      .option('--dry-run', 'say what would be done, change nothing')
      .action(async (options) => (await import('../commands/repair.ts')).repair(options));
    withIndexOptions(withEnvironmentOption(command));
  },
};

export const doctor: Definition = {
  name: 'doctor',
  group: 'care',
  examples: [],
  define(command) {
    command
      .description('say what is wrong with the environment and around it, and what to do')
      .action(async (options) => (await import('../commands/doctor.ts')).doctor(options));
    withEnvironmentOption(command);
  },
};

export const recover: Definition = {
  name: 'recover',
  group: 'care',
  examples: [],
  define(command) {
    command
      .description('finish or undo what a dead process left')
      .option('--discard', 'give up a change whose journal is refused; all of it is kept aside')
      .action(async (options) => (await import('../commands/recover.ts')).recover(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const locks: Definition = {
  name: 'locks',
  group: 'care',
  examples: [],
  define(command) {
    command
      .description('say who holds the lock of the environment')
      .option('--break', 'take the lock of a holder that is known to be dead away, on a file system without flock')
      .action(async (options) => (await import('../commands/locks.ts')).locks(options));
    withEnvironmentOption(command);
  },
};

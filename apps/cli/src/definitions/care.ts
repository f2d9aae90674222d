// What is wrong is found and put right: verify, repair, doctor, recover, locks.
import type { Definition } from './definition.ts';
import { withEnvironmentOption, withIndexOptions, withTargetOption } from './options.ts';

export const verify: Definition = {
  name: 'verify',
  group: 'care',
  examples: [],
  define(command) {
    command
      .description('compare every file with RECORD')
      .action(async (options) => (await import('../commands/verify.ts')).verify(options));
    withTargetOption(withEnvironmentOption(command));
  },
};

export const repair: Definition = {
  name: 'repair',
  group: 'care',
  examples: [['ww repair --dry-run', 'show what it would do']],
  define(command) {
    command
      .description('repair what verify finds: first the environment itself, then its packages')
      .option('--dry-run', 'show what would be done and change nothing')
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
      .description('find problems of the environment and its surroundings, and say how to solve them')
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
      .description('finish or undo the change of a process that was killed')
      .option('--discard', 'discard a change whose journal is refused; its files are kept aside')
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
      .description('show which process holds the lock of the environment')
      .option('--break', 'remove the lock of a dead holder, on a file system without flock')
      .action(async (options) => (await import('../commands/locks.ts')).locks(options));
    withEnvironmentOption(command);
  },
};

// The shape of a command's definition: its names, its group in the help, its examples, and how the parser reads its line.
import type { Command } from './options.ts';

/** The headings under which `ww --help` lists the commands, in their order. */
export const groups = {
  environments: 'Environments:',
  packages: 'Packages:',
  builds: 'Builds:',
  care: 'Maintenance:',
  tool: 'Other:',
} as const;

/** One command of the line. */
export interface Definition {
  readonly name: string;
  /** Other names that people type for it; each does the same. */
  readonly aliases?: readonly string[];
  readonly group: keyof typeof groups;
  /** What follows the first word without a dash belongs to another program, dashes and all. */
  readonly passesThrough?: boolean;
  /** Lines that `--help` shows at its end: what to type, and what it does. */
  readonly examples: readonly (readonly [line: string, does: string])[];
  /** Adds description, arguments, options and action to a command that has its name already. */
  define(command: Command): void;
}

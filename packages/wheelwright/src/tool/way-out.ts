// The way out of a failure in terms of the command. The packages below know nothing of `ww`: their errors carry a code and
// values, and a hint in terms of the library; this table words what a person types instead.
import { isCodedError } from '@wheelwright/errors';
import { shellLine } from './wording.ts';

type Data = Readonly<Record<string, unknown>>;

/** `ww COMMAND -p DIR` in backquotes, without `-p` where the error names no directory. */
function line(words: readonly string[], dir: unknown): string {
  return `\`ww ${shellLine(typeof dir === 'string' ? [...words, '-p', dir] : words)}\``;
}

const dirOf = ({ environmentDir, path }: Data) => environmentDir ?? path;

const givingUp = 'or give the change up with `ww recover --discard`, which keeps all of it aside.';

/** By code: the hint for a person at a terminal, made of the error's values; undefined where its own hint says it all. */
const waysOut: Readonly<Record<string, (data: Data, own: string) => string | undefined>> = {
  // What is at a path that is no environment says more than how to make one.
  ENVIRONMENT_NOT_FOUND: ({ exists }, own) =>
    exists === true || own.includes('pyvenv.cfg') ? undefined : 'Make one with `ww venv`, or name one with --python.',
  ENVIRONMENT_FOREIGN: () => 'Make an environment with `ww venv`, or name a directory with --target.',
  ENVIRONMENT_DAMAGED: ({ path, remake }) =>
    remake === 'plain'
      ? `Make it anew with \`ww ${shellLine(['venv', '--clear', '--layout', 'plain', String(path)])}\`, and install what it is to hold.`
      : `${line(['repair'], path)} puts right what can be derived from the rest.`,
  ENVIRONMENT_EXISTS: ({ path, wanted }) => {
    if (wanted !== 'own' && wanted !== 'plain') return undefined;
    const words = wanted === 'own' ? ['adopt'] : ['adopt', '--to', 'plain'];
    const what = wanted === 'own' ? 'Give it generations' : 'Take its generations away';
    return `${what} with ${line(words, path)}, replace it with --clear, or name another directory.`;
  },
  INSTALL_SHARED_LOST: (data) =>
    `${line(['repair'], dirOf(data))} looks for the wheels on the index; ${line(['rollback'], dirOf(data))} goes back to an earlier generation.`,
  INSTALL_UNSUPPORTED_ENVIRONMENT: (data) => {
    const { kind } = data;
    if (kind === 'own') return undefined;
    if (kind === 'shared') return `Make it own first: \`ww ${shellLine(['venv', '--export', String(dirOf(data))])}\`.`;
    if (kind === undefined)
      return `Turn it into an environment with generations with ${line(['adopt'], dirOf(data))}: from then on every change can be undone.`;
    return `Make a new one with \`ww venv\`, and install into it what ${line(['freeze'], dirOf(data))} says.`;
  },
  INSTALL_BEYOND_REPAIR: (data) =>
    `Go back to a generation before it with ${line(['rollback'], dirOf(data))}, or make the environment anew with \`ww ${shellLine(['venv', '--clear', String(dirOf(data))])}\`.`,
  INSTALL_EXTERNALLY_MANAGED: () =>
    'Make an environment with `ww venv`; or pass --break-system-packages, and risk what its name says.',
  INSTALL_UNSAFE_ENVIRONMENT: ({ owner, path }) =>
    owner === undefined
      ? `Make it a directory again, or make the environment anew with \`ww ${shellLine(['venv', '--clear', String(path)])}\`.`
      : undefined,
  INSTALL_ENVIRONMENT_CHANGED: (data, own) =>
    data.committed === true
      ? `${own} Run ${line(['verify'], dirOf(data))}, and let the other program do its work again.`.trim()
      : undefined,
  ATOMIC_FS_JOURNAL_NEWER: () => `Recover with the version that wrote it, or a later one; ${givingUp}`,
  ATOMIC_FS_JOURNAL_DAMAGED: () => `Restore it from a backup; ${givingUp}`,
  ATOMIC_FS_JOURNAL_FOREIGN: () => `Recover as the user that owns it; ${givingUp}`,
  FSLOCK_TIMEOUT: () => 'Wait until the holder has finished, or wait longer with --lock-timeout.',
};

/** Codes whose way out names the command, for the test that each still does. */
export const codesWithWayOut: readonly string[] = Object.keys(waysOut);

/** What to do about a failure: in terms of the command where that is known, else the error's own hint. */
export function hintOf(error: unknown): string | undefined {
  if (!isCodedError(error)) return undefined;
  const own = error.hint;
  if (own?.includes('`ww ') === true || !Object.hasOwn(waysOut, error.code)) return own;
  return waysOut[error.code]?.(error.data, own ?? '') ?? own;
}

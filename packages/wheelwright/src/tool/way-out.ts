// Hints in terms of the command. The packages below do not know `ww`: their errors carry a code, data and a hint in terms
// of the library. This table replaces that hint by the command that a user types.
import { isCodedError } from '@wheelwright/errors';
import { shellLine } from './wording.ts';

type Data = Readonly<Record<string, unknown>>;

/** `ww COMMAND -p DIR` in backquotes, without `-p` if the error names no directory. */
function line(words: readonly string[], dir: unknown): string {
  return `\`ww ${shellLine(typeof dir === 'string' ? [...words, '-p', dir] : words)}\``;
}

const dirOf = ({ environmentDir, path }: Data) => environmentDir ?? path;

const givingUp = 'or give the change up with `ww recover --discard`, which keeps its files in .wheelwright/aside.';

const laterGeneration = (data: Data) =>
  `Go back to a generation before it with ${line(['rollback'], dirOf(data))}, or make the environment again with \`ww ${shellLine(['venv', '--clear', String(dirOf(data))])}\`.`;

/** For a recovery that was refused: what the error says first, or to discard the change. */
function discarding({ refused }: Data, own: string): string | undefined {
  return refused === true ? `${own.split(/[;,] or/, 1)[0]}; ${givingUp}` : undefined;
}

/** The hint for each code, made from the error's data; undefined if the error's own hint suffices. */
const waysOut: Readonly<Record<string, (data: Data, own: string) => string | undefined>> = {
  // If the path exists, its own hint, which says what is there, helps more than how to make an environment.
  ENVIRONMENT_NOT_FOUND: ({ exists, path }, own) => {
    if (exists === true || own.includes('pyvenv.cfg')) return undefined;
    // `-p 3.12` names a directory: which Python an environment has is said when it is made.
    const version = /(?:^|[\\/])(?:python)?(3(?:\.\d+)*)$/.exec(String(path))?.[1];
    return version === undefined
      ? 'Make one with `ww venv`, or name one with --python.'
      : `--python names an environment; make one of Python ${version} with \`ww venv -p ${version}\`.`;
  },
  ENVIRONMENT_FOREIGN: () => 'Make an environment with `ww venv`, or name a directory with --target.',
  ENVIRONMENT_DAMAGED: ({ path, remake }) =>
    remake === 'plain'
      ? `Make it again with \`ww ${shellLine(['venv', '--clear', '--layout', 'plain', String(path)])}\`, and install its packages into it.`
      : `${line(['repair'], path)} puts right what can be derived from the rest.`,
  ENVIRONMENT_EXISTS: ({ path, wanted }, own) => {
    if (wanted !== 'own' && wanted !== 'plain')
      return own.includes('`clear`') ? 'Replace it with --clear, or name another directory.' : undefined;
    const words = wanted === 'own' ? ['adopt'] : ['adopt', '--to', 'plain'];
    const what = wanted === 'own' ? 'Give it generations' : 'Take its generations away';
    return `${what} with ${line(words, path)}, replace it with --clear, or name another directory.`;
  },
  INSTALL_SHARED_LOST: (data) =>
    `${line(['repair'], dirOf(data))} looks for these wheels on the index; ${line(['rollback'], dirOf(data))} goes back to an earlier generation.`,
  INSTALL_UNSUPPORTED_ENVIRONMENT: (data) => {
    const { kind } = data;
    if (kind === 'own') return undefined;
    if (kind === 'shared')
      return `Give it its own packages first: \`ww ${shellLine(['venv', '--export', String(dirOf(data))])}\`.`;
    if (kind === undefined)
      return `Turn it into an environment with generations with ${line(['adopt'], dirOf(data))}: from then on every change can be undone.`;
    return `Make a new one with \`ww venv\`, and install into it what ${line(['freeze'], dirOf(data))} prints.`;
  },
  INSTALL_BEYOND_REPAIR: (data, own) => {
    if (data.layout === undefined) return laterGeneration(data);
    const layout = data.layout === 'own' ? [] : ['--layout', String(data.layout)];
    const line = shellLine(['venv', '--clear', ...layout, String(dirOf(data))]);
    return `${/^[^.]*\./.exec(own)?.[0] ?? ''} Make a new one with \`ww ${line}\`, and install what it is to hold.`.trim();
  },
  INSTALL_EXTERNALLY_MANAGED: () =>
    'Make an environment with `ww venv`; or pass --break-system-packages, which may break the operating system.',
  INSTALL_UNSAFE_ENVIRONMENT: ({ owner, path }) =>
    owner === undefined
      ? `Make it a directory again, or make the environment again with \`ww ${shellLine(['venv', '--clear', String(path)])}\`.`
      : undefined,
  INSTALL_ENVIRONMENT_CHANGED: (data, own) =>
    data.committed === true
      ? `${own} Run ${line(['verify'], dirOf(data))}, and run the other program again.`.trim()
      : undefined,
  ATOMIC_FS_JOURNAL_NEWER: () => `Recover with the version that wrote it, or a later one; ${givingUp}`,
  ATOMIC_FS_JOURNAL_DAMAGED: () => `Restore it from a backup; ${givingUp}`,
  ATOMIC_FS_JOURNAL_FOREIGN: () => `Recover as the user that owns it; ${givingUp}`,
  ATOMIC_FS_STAGED_LOST: discarding,
  ATOMIC_FS_UNSAFE_PATH: discarding,
  FSLOCK_TIMEOUT: () => 'Wait until the holder has finished, or wait longer with --lock-timeout.',
};

/** The codes that this table covers, for a test. */
export const codesWithWayOut: readonly string[] = Object.keys(waysOut);

/** What to do about an error: the hint of this table, else the error's own hint. */
export function hintOf(error: unknown): string | undefined {
  if (!isCodedError(error)) return undefined;
  const own = error.hint;
  if (own?.includes('`ww ') === true || !Object.hasOwn(waysOut, error.code)) return own;
  return waysOut[error.code]?.(error.data, own ?? '') ?? own;
}

// Asks the program `keyring` for the credentials of an index, as pip does. The program starts only after a server has
// demanded credentials that no other source has.
import { execFile } from 'node:child_process';
import type { AskKeyring } from '@wheelwright/index-client';

/** Options of {@link createKeyring}. */
export interface KeyringOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called once with the reason if the program is missing or does not answer. */
  readonly onTrouble: (why: string) => void;
  /** How long an answer may take, in ms (default 120,000). A keyring may ask the user for a password. */
  readonly patienceMs?: number | undefined;
}

/**
 * Runs `keyring` from the search path of `variables`. Returns undefined if it is missing, fails or knows no credentials.
 * After it was missing or did not answer, it does not start again. Without a user name it tries `keyring get --mode creds`,
 * which newer versions support.
 */
export function createKeyring(
  variables: Readonly<Record<string, string | undefined>>,
  { signal, onTrouble, patienceMs = 120_000 }: KeyringOptions,
): AskKeyring {
  let isGivenUp = false;
  const giveUp = (why: string) => {
    if (!isGivenUp) onTrouble(why);
    isGivenUp = true;
  };
  const run = (args: readonly string[]) =>
    new Promise<string | undefined>((resolve) => {
      if (isGivenUp) return resolve(undefined);
      const settings = { env: variables, timeout: patienceMs, ...(signal === undefined ? {} : { signal }) };
      const child = execFile('keyring', args, settings, (error, stdout) => {
        if (error === null) return resolve(stdout);
        const isAborted = signal?.aborted === true;
        if (typeof error.code === 'string' && !isAborted)
          giveUp(`The program keyring could not be started (${error.code})`);
        else if (error.killed && !isAborted) giveUp(`The program keyring gave no answer within ${patienceMs / 1000} s`);
        resolve(undefined);
      });
      child.stdin?.end();
    });
  return async (url, username) => {
    if (username !== undefined) {
      const password = (await run(['get', url, username]))?.replace(/\r?\n$/, '');
      return password === undefined || password === '' ? undefined : { username, password };
    }
    const text = await run(['--mode', 'creds', '--output', 'json', 'get', url]);
    return text === undefined ? undefined : readAnswer(text);
  };
}

function readAnswer(text: string): Awaited<ReturnType<AskKeyring>> {
  try {
    const { username, password } = JSON.parse(text) as Record<string, unknown>;
    return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
  } catch {
    return undefined; // an older keyring prints another format
  }
}

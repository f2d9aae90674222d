// Asks the program `keyring` for the credentials of an index, as pip does. The program starts only after a server has
// demanded credentials that no other source has.
import { execFile } from 'node:child_process';
import type { AskKeyring } from '@wheelwright/index-client';

/** How long an answer may take, in ms. A keyring may ask the user for a password. */
const patienceMs = 120_000;

/**
 * Runs `keyring` from the search path of `variables`. Returns undefined if it is missing, fails or knows no credentials.
 * Without a user name it tries `keyring get --mode creds`, which newer versions support.
 */
export function createKeyring(
  variables: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): AskKeyring {
  const run = (args: readonly string[]) =>
    new Promise<string | undefined>((resolve) => {
      const options = { env: variables, timeout: patienceMs, ...(signal === undefined ? {} : { signal }) };
      const child = execFile('keyring', args, options, (error, stdout) => resolve(error === null ? stdout : undefined));
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

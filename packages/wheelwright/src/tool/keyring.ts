// The program `keyring`, asked for the credentials of an index the way pip asks it. It is started only after a server wanted
// credentials that nothing else has.
import { execFile } from 'node:child_process';
import type { AskKeyring } from '@wheelwright/index-client';

/** How long an answer may take: a keyring may ask a person for a password. In ms. */
const patienceMs = 120_000;

/**
 * Asks `keyring` on the search path of `variables`. A keyring that is missing, fails or knows nothing gives undefined.
 * Without a user name `keyring get --mode creds` is tried, which newer versions have.
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
    return undefined; // an older keyring prints another form
  }
}

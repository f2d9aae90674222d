// The program `keyring`, as a shell script on the search path that notes what it was asked.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, it } from 'vitest';
import { createKeyring, type KeyringOptions } from '../../src/tool/keyring.ts';

/** A keyring that runs `body` in sh, the arguments that it got, and the warnings about it. */
function keyring(body: string | undefined, options: Partial<KeyringOptions> = {}) {
  const dir = temporaryDir();
  const asked = path.join(dir, 'asked');
  if (body !== undefined) {
    const text = `#!/bin/sh\nprintf '%s\\n' "$*" >> '${asked}'\n${body}\n`;
    writeFileSync(path.join(dir, 'keyring'), text, { mode: 0o755 });
  }
  const troubles: string[] = [];
  const variables = { PATH: `${dir}:/usr/bin:/bin`, TOKEN: 'from the variables' };
  return {
    ask: createKeyring(variables, { onTrouble: (why) => troubles.push(why), ...options }),
    asked: () => (existsSync(asked) ? readFileSync(asked, 'utf8').trimEnd().split('\n') : []),
    troubles,
  };
}

it('gives the password of a user, without the end of its line', async () => {
  const { ask, asked, troubles } = keyring(`printf ' pass word \\r\\n'`);
  expect(await ask('https://h/simple/', 'ann')).toEqual({ username: 'ann', password: ' pass word ' });
  expect(asked()).toEqual(['get https://h/simple/ ann']);
  expect(troubles).toEqual([]);
});

it('gives a user and a password where no user is known', async () => {
  const { ask, asked } = keyring(`printf '{"username": "tök", "password": "%s"}' "$TOKEN"; echo a note >&2`);
  expect(await ask('h', undefined)).toEqual({ username: 'tök', password: 'from the variables' });
  expect(asked()).toEqual(['--mode creds --output json get h']);
});

it.each([
  ['knows nothing', 'exit 1'],
  ['fails', 'echo "Traceback" >&2; exit 3'],
  ['is too old for the question', 'echo "error: unrecognized arguments: --mode" >&2; exit 2'],
  ['prints another form', 'echo a password'],
  ['prints half of it', `printf '{"username": "ann"}'`],
  ['prints nothing', 'exit 0'],
])('one that %s has no answer, which is no trouble: it is asked again', async (_, body) => {
  const { ask, asked, troubles } = keyring(body);
  expect(await ask('h', undefined)).toBeUndefined();
  expect(await ask('k', undefined)).toBeUndefined();
  expect(asked()).toHaveLength(2);
  expect(troubles).toEqual([]);
});

it('an empty password is none', async () => {
  expect(await keyring('echo').ask('h', 'ann')).toBeUndefined();
});

it('a missing one is reported once', async () => {
  const { ask, troubles } = keyring(undefined);
  expect([await ask('h', undefined), await ask('k', 'ann')]).toEqual([undefined, undefined]);
  expect(troubles).toEqual([expect.stringContaining('ENOENT')]);
});

it('a keyring that falls silent is ended, reported once and not asked again', async () => {
  const { ask, asked, troubles } = keyring('exec sleep 600', { patienceMs: 500 });
  expect([await ask('h', undefined), await ask('k', undefined)]).toEqual([undefined, undefined]);
  expect(asked().length).toBeLessThan(2);
  expect(troubles).toEqual([expect.stringContaining('no answer within 0.5 s')]);
});

it('an abort ends it without a word', async () => {
  const abort = new AbortController();
  const { ask, asked, troubles } = keyring('exec sleep 600', { signal: abort.signal });
  const answer = ask('h', undefined);
  while (asked().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  abort.abort();
  expect(await answer).toBeUndefined();
  expect(troubles).toEqual([]);
});

import { expect, test } from 'vitest';
import { generateSigningKeys } from '../src/index.ts';
import { parseSigningKey, parseTrustedKeys } from '../src/trust/signing-keys.ts';

const message = Buffer.from('a message');

test('a signature is verified by the public half of its key and by no other', () => {
  const { signingKey, trustedKey } = generateSigningKeys('team-1');
  const signer = parseSigningKey(signingKey);
  expect(signer.trustedKey).toBe(trustedKey);
  const signature = signer.sign(message);
  expect(parseTrustedKeys([trustedKey]).verifies(message, [signature])).toBe(true);
  expect(parseTrustedKeys([trustedKey]).verifies(Buffer.from('another'), [signature])).toBe(false);
  const namesake = generateSigningKeys('team-1');
  expect(parseTrustedKeys([namesake.trustedKey]).verifies(message, [signature])).toBe(false);
  expect(parseTrustedKeys([namesake.trustedKey, trustedKey]).verifies(message, [signature])).toBe(true);
  expect(parseTrustedKeys([trustedKey]).verifies(message, [{ ...signature, keyId: 'another' }])).toBe(false);
});

test.each(['', 'team', 'team:', ':AAAA', 'team:AAAA', 'te am:AAAA', `team:${'A'.repeat(43)}=:x`])(
  'a key that is none is refused, and not quoted: %j',
  (text) => {
    for (const parse of [() => parseSigningKey(text), () => parseTrustedKeys([text])]) {
      const thrown = (() => {
        try {
          parse();
          return undefined;
        } catch (error) {
          return error as Error;
        }
      })();
      expect(thrown).toMatchObject({ code: 'REMOTE_MISCONFIGURED' });
      if (text.length > 4) expect(thrown?.message).not.toContain(text);
    }
  },
);

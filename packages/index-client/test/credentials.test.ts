import { expect, it } from 'vitest';
import { collectCredentials } from '../src/credentials.ts';

const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;
const credentials = collectCredentials([
  'https://ann:one@localhost/team/simple/',
  'https://bob:two@localhost/team/simple/private/',
  'https://eve:three@localhost:8443/simple/',
  'https://localhost/open/',
  '/srv/wheels',
]);
const sent = (url: string) => credentials(new URL(url));

it('credentials are for their origin, those of the closest path first', () => {
  expect(sent('https://localhost/team/simple/demo/')).toBe(basic('ann:one'));
  expect(sent('https://localhost/team/simple/private/demo/')).toBe(basic('bob:two'));
  expect(sent('https://localhost/files/demo.whl')).toBe(basic('ann:one'));
  expect(sent('https://localhost:8443/x')).toBe(basic('eve:three'));
  for (const other of ['http://localhost/team/simple/', 'https://localhost:444/', 'https://localhost.example/']) {
    expect(sent(other)).toBeUndefined();
  }
});

it('those in the URL itself go first, decoded; a lone percent sign stands for itself', () => {
  expect(sent('https://me:p%40s:s@localhost/team/')).toBe(basic('me:p@s:s'));
  expect(sent('https://token:@localhost/team/')).toBe(basic('token:'));
  expect(sent('https://me:100%@localhost/team/')).toBe(basic('me:100%'));
});

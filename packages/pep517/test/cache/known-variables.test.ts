import { expect, test } from 'vitest';
import { variableState } from '../../src/cache/known-variables.ts';

test('all variables together are those that say something about a build', () => {
  const all = (variables: Readonly<Record<string, string>>) => variableState('*', { FOO: '1', ...variables });
  expect(all({ FOO: '2' })).not.toBe(all({}));
  expect(all({ AWS_REGION: 'eu' })).not.toBe(all({}));
  // Shells, jobs and the credentials of a machine do not.
  for (const name of ['SHLVL', 'GITHUB_RUN_ID', 'AWS_SESSION_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_ROLE_ARN'])
    expect(all({ [name]: 'other' }), name).toBe(all({}));
  // One that was asked for by name counts.
  expect(variableState('AWS_PROFILE', { AWS_PROFILE: 'a' })).not.toBe(variableState('AWS_PROFILE', {}));
});

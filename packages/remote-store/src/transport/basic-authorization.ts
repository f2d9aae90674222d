// Credentials of a URL as the value of a header (RFC 7617).
import { RemoteError } from '../errors.ts';

/**
 * `Basic …` for the user and password of a URL; undefined where it has none. Throws REMOTE_MISCONFIGURED where they are
 * not percent-encoded; the message says `whose` they are and quotes neither.
 */
export function basicAuthorization({ username, password }: URL, whose: string): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return `Basic ${Buffer.from(pair).toString('base64')}`;
  } catch {
    const message = `User and password of ${whose} are not percent-encoded as a URL requires.`;
    throw new RemoteError('REMOTE_MISCONFIGURED', message, { hint: 'Write a percent sign as %25.' });
  }
}

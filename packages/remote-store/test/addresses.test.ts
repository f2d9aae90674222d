import { expect, test } from 'vitest';
import { parseRemoteAddress, type S3Address } from '../src/backends/addresses.ts';

const rootOf = (text: string, defaults = {}) => (parseRemoteAddress(text, defaults) as S3Address).root.href;

test('a bucket of AWS is a host of its own, in its region', () => {
  expect(rootOf('s3://my-bucket/a/b?region=eu-west-1')).toBe('https://my-bucket.s3.eu-west-1.amazonaws.com/');
  expect(rootOf('s3://my.bucket/a?region=eu-west-1')).toBe('https://s3.eu-west-1.amazonaws.com/my.bucket/');
});

test('a bucket of another engine is a path, unless it is asked to be a host', () => {
  expect(rootOf('s3://bucket/x?endpoint=https://engine.example:9000')).toBe('https://engine.example:9000/bucket/');
  expect(rootOf('s3://bucket?endpoint=https://engine.example&style=virtual')).toBe('https://bucket.engine.example/');
  expect(rootOf('s3://bucket', { endpoint: 'http://127.0.0.1:7070/' })).toBe('http://127.0.0.1:7070/bucket/');
});

test('the name for people is without parameters and secrets', () => {
  expect(parseRemoteAddress('s3://bucket/a/b/?region=x').name).toBe('s3://bucket/a/b');
  expect(parseRemoteAddress('https://me:secretword@host/base/').name).toBe('https://host/base');
});

test.each([
  'bucket/prefix',
  'ftp://host/x',
  's3://B/x',
  's3://bucket/ä',
  's3://me:secretword@bucket/x',
  's3://bucket?endpoint=https://me:secretword@host',
  's3://bucket?endpoint=secretword',
  's3://bucket?secret=secretword',
  's3://bucket?region=a%20b',
  's3://bucket?style=odd',
  'https://me:secretword@ho st/',
  'https://me:%zzsecretword@host/',
  's3://bucket/%zz',
])('%s is refused, without a secret in the message', (text) => {
  let thrown: unknown;
  try {
    parseRemoteAddress(text);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toMatchObject({ code: 'REMOTE_MISCONFIGURED' });
  expect(JSON.stringify([String(thrown), (thrown as Error).cause])).not.toContain('secretword');
});

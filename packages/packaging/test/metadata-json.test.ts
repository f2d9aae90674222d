import { expect, test } from 'vitest';
import { metadataToJson, parseMetadata } from '../src/index.ts';

test('metadata becomes JSON by the names of its fields', () => {
  const text = `Metadata-Version: 2.1
Name: demo
Version: 1.0
Keywords: one,two words, three
Requires-Dist: a
Project-URL: Home, https://h.example
X-Own: 1
X-Twice: 1
X-Twice: 2

# Demo
`;
  expect(metadataToJson(parseMetadata(text), '# Demo\n')).toEqual({
    metadata_version: '2.1',
    name: 'demo',
    version: '1.0',
    keywords: ['one', 'two words', 'three'],
    requires_dist: ['a'],
    project_url: ['Home, https://h.example'],
    x_own: '1',
    x_twice: ['1', '2'],
    description: '# Demo\n',
  });
});

test('keywords without a comma are parted at white space, and a Description field goes before the body', () => {
  const text = 'Metadata-Version: 1.0\nName: demo\nVersion: 1\nKeywords: one two\nDescription: old\n\nbody\n';
  expect(metadataToJson(parseMetadata(text), 'body\n')).toMatchObject({ keywords: ['one', 'two'], description: 'old' });
});

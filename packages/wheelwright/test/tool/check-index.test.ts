// A wrong setting of an index or of certificates is reported with the option that set it.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { temporaryDir } from '@wheelwright/testkit/temporary';
import { expect, test } from 'vitest';
import { checkIndex } from '../../src/tool/check-index.ts';
import { readSettings, type SettingsOptions } from '../../src/tool/settings.ts';

const check = (options: SettingsOptions, variables: Readonly<Record<string, string>> = {}) =>
  checkIndex(readSettings(options, { HOME: '/none', PIP_CONFIG_FILE: '/dev/null', ...variables }).index);

test.each<[SettingsOptions, Readonly<Record<string, string>>, RegExp]>([
  [{ indexUrl: 'not-a-url' }, {}, /^--index-url names "not-a-url"/],
  [{ extraIndexUrls: ['ftp://x/'] }, {}, /^--extra-index-url names "ftp:\/\/x\/"/],
  [{}, { PIP_INDEX_URL: 'simple' }, /^PIP_INDEX_URL names "simple"/],
  [{}, { PIP_EXTRA_INDEX_URL: 'http://localhost/ simple' }, /^PIP_EXTRA_INDEX_URL names "simple"/],
  [{ certPath: '/nowhere.pem' }, {}, /^--cert names \/nowhere\.pem/],
  [{}, { SSL_CERT_FILE: '/nowhere.pem' }, /^SSL_CERT_FILE names \/nowhere\.pem/],
])('%j with %j is refused by name.', (options, variables, message) => {
  expect(() => check(options, variables)).toThrow(message);
});

test('URLs and files are accepted, and unused settings are not examined', () => {
  const cert = path.join(temporaryDir(), 'cert.pem');
  writeFileSync(cert, '');
  check({ indexUrl: 'http://localhost/simple', extraIndexUrls: ['file:///wheels'], certPath: cert });
  check({ indexUrl: 'not-a-url', noIndex: true });
});

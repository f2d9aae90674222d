// Wheels that differ from the usual in one way and that pip and uv install: those that the standards allow, and those
// that break a rule which no installer holds them to. What has to be refused is in malformed-wheels.ts.
import { recordLine, type WheelOptions } from './wheels.ts';

/** A wheel that is installed all the same. */
export interface OddWheel {
  /** A sentence's object: `it accepts ${title}`. */
  readonly title: string;
  readonly options: WheelOptions;
  /** Part of the only warning that the wheel causes; absent where the standards allow what it does. */
  readonly warning?: string;
}

const name = 'odd';
const content = "version = '1.0'\n";
const row = /^odd\.py,.*\n/m;

/** All of them; the same list every time. Each has the module `odd.py` with the usual content. */
export const oddWheels: readonly OddWheel[] = [
  // Allowed.
  legal('sizes after the data', { alter: { 'odd.py': { dataDescriptor: true } } }),
  legal('sizes after the data without a signature', { alter: { 'odd.py': { dataDescriptor: 'bare' } } }),
  legal('sizes of eight bytes after the data', { alter: { 'odd.py': { dataDescriptor: 'wide' } } }),
  legal('sizes after data that is not compressed', { alter: { 'odd.py': { dataDescriptor: true, method: 'stored' } } }),
  legal('entries for directories', { extraEntries: [directory('odd-1.0.dist-info/')] }),
  legal('the same directory twice', { extraEntries: [directory('a/'), directory('a/')], unrecorded: ['a/'] }),
  legal('a directory with the mode of a file', {
    extraEntries: [{ ...directory('a/'), mode: 0o100644 }],
    unrecorded: ['a/'],
  }),
  legal('an archive comment', { zip: { comment: 'made by hand' } }),
  legal(
    'sha512 in RECORD',
    record((correct) => correct.replace(row, recordLine('odd.py', content, 'sha512'))),
  ),
  legal(
    'a padded hash in RECORD',
    record((correct) => correct.replace(/^(odd\.py,[^,]*)/m, '$1=')),
  ),
  legal(
    'a row without a size',
    record((correct) => correct.replace(/^(odd\.py,.*,).*$/m, '$1')),
  ),
  legal(
    'line ends of two characters in RECORD',
    record((correct) => correct.replaceAll('\n', '\r\n')),
  ),
  legal('a signature that RECORD does not list', {
    extraEntries: [{ name: 'odd-1.0.dist-info/RECORD.jws', data: '{}' }],
    unrecorded: ['odd-1.0.dist-info/RECORD.jws'],
  }),
  legal('a dist-info directory in other letters', { distInfoDir: 'ODD-1.0.dist-info' }),
  legal('a requirement by URL', { requiresDist: ['other @ https://example.invalid/other-1.0.tar.gz ; extra == "x"'] }),
  legal('a Root-Is-Purelib in capitals', wheelText('Wheel-Version: 1.0\nRoot-Is-Purelib: TRUE\n')),

  // Installed with a warning.
  warned('text before the first entry', 'before its first entry', { zip: { prefix: '#!/bin/sh\nexit\n' } }),
  warned('a dot component in a path', "empty or '.' component", {
    extraEntries: [{ name: './a/./b.py', data: '' }],
    unrecorded: ['./a/./b.py'],
    recordText: (correct) => correct + recordLine('a/b.py', ''),
  }),
  warned('an empty component in a path', "empty or '.' component", {
    extraEntries: [{ name: 'a//b.py', data: '' }],
    unrecorded: ['a//b.py'],
    recordText: (correct) => correct + recordLine('a/b.py', ''),
  }),
  warned('the same file twice with the same content', 'more than one entry for odd.py', {
    extraEntries: [{ name: 'odd.py', data: content }],
    unrecorded: ['odd.py'],
    recordText: (correct) => correct + recordLine('odd.py', content),
  }),
  warned('byte-code', 'byte-code', { extraEntries: [{ name: '__pycache__/odd.cpython-312.pyc', data: 'x' }] }),
  warned('a newer minor version of the format', 'wheel format 1.9', { wheelVersion: '1.9' }),
  warned('a version of the format from before the standard', 'wheel format 0.1', { wheelVersion: '0.1' }),
  warned('a version of the format with three numbers', 'Wheel-Version "1.0.0"', { wheelVersion: '1.0.0' }),
  warned('no Root-Is-Purelib', 'no Root-Is-Purelib', wheelText('Wheel-Version: 1.0\nTag: py3-none-any\n')),
  warned('a Root-Is-Purelib of neither value', '"yes"', wheelText('Wheel-Version: 1.0\nRoot-Is-Purelib: yes\n')),
  warned(
    'a line in WHEEL that is not a field',
    'no field',
    wheelText('Wheel-Version: 1.0\nRoot-Is-Purelib: true\njunk\n'),
  ),
  warned('no Metadata-Version', 'no Metadata-Version', { metadataText: 'Name: odd\nVersion: 1.0\n' }),
  warned('an unknown Metadata-Version', 'Metadata-Version "9.0"', {
    metadataText: 'Metadata-Version: 9.0\nName: odd\nVersion: 1.0\n',
  }),
  warned('a line in METADATA that is not a field', 'no field', {
    metadataText: 'Metadata-Version: 2.1\nName: odd\nVersion: 1.0\njunk\n',
  }),
  warned('a dist-info directory of another version', 'names another version', { distInfoDir: 'odd-2.0.dist-info' }),
  warned('a file that RECORD does not list', 'does not list odd.py', { unrecorded: ['odd.py'] }),
  warned("setuptools' *-script.py that RECORD does not list", 'does not list odd-1.0.data/scripts/x-script.py', {
    data: { 'scripts/x-script.py': '#!python\n' },
    unrecorded: ['odd-1.0.data/scripts/x-script.py'],
  }),
  warned('a RECORD that lists nothing', 'does not list', { recordText: '' }),
  warned(
    'a row for a file that is absent',
    'lists gone.py in its RECORD',
    record((correct) => recordLine('gone.py', 'x') + correct),
  ),
  warned('a row for a directory', 'lists the directory a/', {
    files: { 'odd.py': content, 'a/b.py': '' },
    recordText: (correct) => `a/,,\n${correct}`,
  }),
  warned('a row for a directory without a slash', 'lists the directory a ', {
    files: { 'odd.py': content, 'a/b.py': '' },
    recordText: (correct) => `a,,\n${correct}`,
  }),
  warned(
    'a row for a directory that is absent',
    'lists the directory gone/',
    record((correct) => `gone/,,\n${correct}`),
  ),
  warned(
    'a row of more than three columns',
    'more than three columns for odd.py',
    record((correct) => correct.replace(/^(odd\.py,.*)$/m, '$1,more,')),
  ),
  warned(
    'equal rows',
    'more than once',
    record((correct) => recordLine('odd.py', content) + correct),
  ),
  warned(
    'a second row without a hash',
    'more than once',
    record((correct) => `odd.py,,\n${correct}`),
  ),
  warned(
    "'./' in a row",
    'spells the path of ./odd.py',
    record((correct) => correct.replace(/^odd\.py,/m, './odd.py,')),
  ),
  warned("'//' in a row", 'spells the path of a//b.py', {
    files: { 'odd.py': content, 'a/b.py': '' },
    recordText: (correct) => correct.replace('a/b.py', 'a//b.py'),
  }),
  warned(
    "'..' in a row that stays inside",
    'spells the path of a/../odd.py',
    record((correct) => correct.replace(/^odd\.py,/m, 'a/../odd.py,')),
  ),
  warned('a backslash in a row', 'spells the path of a\\b.py', {
    files: { 'odd.py': content, 'a/b.py': '' },
    recordText: (correct) => correct.replace('a/b.py', 'a\\b.py'),
  }),
  warned(
    'another spelling of dist-info in RECORD',
    'spells the path of ODD-1.0.dist-info/',
    record((correct) => correct.replaceAll('odd-1.0.dist-info', 'ODD-1.0.dist-info')),
  ),
  warned(
    "a '/' before the paths in RECORD",
    'spells the path of /odd.py',
    record((correct) => correct.replace(/^odd\.py,/m, '/odd.py,')),
  ),
  warned(
    'another spelling of the version in RECORD',
    'spells the path of odd-1.0.0.dist-info/',
    record((correct) => correct.replaceAll('odd-1.0.dist-info', 'odd-1.0.0.dist-info')),
  ),
  warned(
    'a row without a hash',
    'no hash that can be checked for odd.py',
    record((correct) => correct.replace(/^odd\.py,.*$/m, 'odd.py,,')),
  ),
  warned(
    'a hash by an unknown algorithm',
    'no hash that can be checked for odd.py',
    record((correct) => correct.replace(/^odd\.py,.*$/m, 'odd.py,crc9=AAAA,')),
  ),
  warned(
    'md5 in RECORD',
    'weaker than sha256 for odd.py',
    record((correct) => correct.replace(row, recordLine('odd.py', content, 'md5'))),
  ),
  warned(
    'sha1 in RECORD',
    'weaker than sha256 for odd.py',
    record((correct) => correct.replace(row, recordLine('odd.py', content, 'sha1'))),
  ),
  warned(
    'a wrong size beside a right hash',
    'wrong size for odd.py',
    record((correct) => correct.replace(/^(odd\.py,.*,)\d+$/m, '$1999')),
  ),
  warned('a script whose name begins with ./', 'a slash in the name of a script: "./x"', script('./x')),
  warned('a script whose name has .. and stays inside', 'a slash in the name of a script: "a/../x"', script('a/../x')),
  warned('a backslash in the name of a script', 'a backslash in the name of a script: "a\\\\x"', script('a\\x')),
  warned(
    'a control character in the name of a script',
    'a control character in the name of a script: "a\\u0001x"',
    script('a\x01x'),
  ),
];

function legal(title: string, options: Omit<WheelOptions, 'name'>): OddWheel {
  return { title, options: { name, ...options } };
}

function warned(title: string, warning: string, options: Omit<WheelOptions, 'name'>): OddWheel {
  return { ...legal(title, options), warning };
}

function record(change: (correct: string) => string): Omit<WheelOptions, 'name'> {
  return { recordText: change };
}

function script(scriptName: string): Omit<WheelOptions, 'name'> {
  return { entryPoints: { console_scripts: { [scriptName]: 'odd:main' } } };
}

function wheelText(text: string): Omit<WheelOptions, 'name'> {
  return { wheelText: text };
}

function directory(entryName: string) {
  return { name: entryName, method: 'stored', mode: 0o40755 } as const;
}

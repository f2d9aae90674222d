// What the property tests and the comparisons with Python draw from: texts that follow each grammar in all its spellings,
// and noise of its pieces. The one file here that imports fast-check.
import fc from 'fast-check';
import type { MarkerEnvironment } from '../src/index.ts';

export { fc };

/** `count` values of `arbitrary`, the same in every run. */
export function draw<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 20261121 });
}

const number = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('0', '1', '2', '3', '10', '11') },
  { weight: 1, arbitrary: fc.constantFrom('00', '01', '007', '20261121', '9007199254740992', '9007199254740993') },
);
const separator = fc.constantFrom('', '.', '-', '_');
const optional = (arbitrary: fc.Arbitrary<string>, weight = 1) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant('') }, { weight, arbitrary });
const concat = (...parts: fc.Arbitrary<string>[]) => fc.tuple(...parts).map((texts) => texts.join(''));
const release = fc.array(number, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join('.'));
const pre = concat(
  separator,
  fc.constantFrom('a', 'b', 'c', 'rc', 'alpha', 'beta', 'pre', 'preview', 'RC', 'Alpha'),
  separator,
  number,
);
const post = fc.oneof(
  concat(separator, fc.constantFrom('post', 'rev', 'r', 'Post'), separator, number),
  number.map((digits) => `-${digits}`),
);
const dev = concat(separator, fc.constantFrom('dev', 'DEV'), separator, optional(number, 3));
const local = fc
  .array(fc.constantFrom('0', '1', '01', '10', 'a', 'ab', 'Ubuntu', '1a'), { minLength: 1, maxLength: 3 })
  .chain((segments) => fc.constantFrom('.', '-', '_').map((mark) => `+${segments.join(mark)}`));
const publicVersion = concat(
  optional(fc.constantFrom('0!', '1!')),
  release,
  optional(pre, 2),
  optional(post),
  optional(dev),
);

/** Versions in every spelling, most of them small numbers, so that equal and nearly equal ones meet often. */
export const versionText = concat(
  optional(fc.constantFrom('v', 'V', ' ')),
  publicVersion,
  optional(local),
  optional(fc.constant(' ')),
);

/** Pieces of versions in any order: most of these are none. */
export const versionNoise = fc
  .array(fc.constantFrom('0', '1', '.', '-', '_', '!', '+', '*', 'a', 'rc', 'post', 'dev', 'v', 'x', ' ', 'r'), {
    maxLength: 7,
  })
  .map((pieces) => pieces.join(''));

const operator = fc.constantFrom('==', '!=', '<=', '>=', '<', '>', '~=', '===');
const space = fc.constantFrom('', '', '', ' ', '  ');

/** One specifier; some are not valid, such as `~=1` or `>=1.*`. */
export const specifierText = fc.oneof(
  { weight: 6, arbitrary: concat(operator, space, publicVersion) },
  { weight: 2, arbitrary: concat(fc.constantFrom('==', '!='), publicVersion, local) },
  { weight: 3, arbitrary: concat(fc.constantFrom('==', '!='), release, fc.constant('.*')) },
  { weight: 1, arbitrary: concat(operator, versionNoise) },
);

export const validSpecifierText = fc.oneof(
  concat(fc.constantFrom('==', '!=', '<=', '>=', '<', '>'), publicVersion),
  concat(fc.constantFrom('==', '!='), release, fc.constant('.*')),
  concat(fc.constant('~='), number, fc.constant('.'), release),
);
export const specifiersText = fc.array(validSpecifierText, { maxLength: 3 }).map((items) => items.join(','));

const word = fc.constantFrom('a', 'b1', 'Foo', 'foo_bar', 'x.y', 'Zope-Interface', 'a--b', 'A0');
const versionNames = fc.constantFrom('python_version', 'python_full_version', 'implementation_version');
const stringNames = fc.constantFrom(
  'os_name',
  'sys_platform',
  'platform_machine',
  'platform_python_implementation',
  'platform_system',
  'implementation_name',
);
const strings = fc.constantFrom(
  'posix',
  'nt',
  'linux',
  'win32',
  'x86_64',
  'CPython',
  'cpython',
  'Linux',
  '',
  'linux win32',
);
const mark = fc.constantFrom('"', "'");
const quoted = (text: fc.Arbitrary<string>) => fc.tuple(mark, text).map(([quote, inner]) => quote + inner + quote);
const comparison = (left: fc.Arbitrary<string>, marks: fc.Arbitrary<string>, right: fc.Arbitrary<string>) =>
  fc.tuple(left, space, marks, space, right, fc.boolean()).map(([a, before, sign, after, b, turned]) => {
    const gap = /[a-z]/.test(sign) ? ' ' : '';
    return turned && sign !== 'in' && sign !== 'not in'
      ? `${b}${before}${sign}${after}${a}`
      : `${a}${gap}${before}${sign}${gap}${after}${b}`;
  });
const plainVersions = fc.constantFrom(
  '3',
  '3.1',
  '3.6',
  '3.8',
  '3.10',
  '3.11',
  '3.11.0',
  '3.11.7',
  '3.12',
  '3.13.0',
  '3.14',
  '2.7',
);
const versionComparison = fc.oneof(
  comparison(versionNames, fc.constantFrom('==', '!=', '<', '<=', '>', '>='), quoted(plainVersions)),
  comparison(versionNames, fc.constantFrom('in', 'not in'), quoted(fc.constantFrom('3.8 3.11', '2.7, 3.12'))),
);
const stringComparison = comparison(stringNames, fc.constantFrom('==', '!=', 'in', 'not in'), quoted(strings));
const extraComparison = comparison(
  fc.constant('extra'),
  fc.constantFrom('==', '!='),
  quoted(fc.constantFrom('a', 'b-1', 'foo')),
);
const { tree } = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(versionComparison, stringComparison, extraComparison),
    fc.tuple(tie('tree'), fc.constantFrom(' and ', ' or '), tie('tree')).map((parts) => parts.join('')),
    tie('tree').map((inner) => `(${inner})`),
  ),
}));

/** Markers whose meaning is the same in every version of the specification. */
export const markerText = tree;

const anyName = fc.constantFrom(
  'python_version',
  'platform_release',
  'os_name',
  'platform_machine',
  'sys.platform',
  'python_implementation',
);
const anyText = fc.constantFrom('3.11', '3.11.*', '6.1.0', '6', 'linux', '', 'a b', '3.x', '>=3');

/** Markers of today's rules: strings that look like versions, versions that are none, every operator with every name. */
export const looseMarkerText = comparison(
  anyName,
  fc.constantFrom('==', '!=', '<', '<=', '>', '>=', '~=', '===', 'in', 'not in'),
  quoted(anyText),
);

/** Pieces of markers in any order. */
export const markerNoise = fc
  .array(
    fc.constantFrom(
      'os_name',
      'python_version',
      'extra',
      '==',
      'in',
      'not',
      ' ',
      ' ',
      '"a"',
      "'3.8'",
      '(',
      ')',
      'and',
      'or',
      '<',
      '"',
      'foo',
    ),
    { maxLength: 8 },
  )
  .map((pieces) => pieces.join(''));

export const requirementText = fc
  .tuple(
    word,
    space,
    optional(fc.constantFrom('[]', '[a]', '[a,B_c]', '[ a , b.c ]')),
    fc.oneof(
      specifiersText,
      specifiersText.map((text) => ` (${text})`),
    ),
    optional(markerText),
  )
  .map(
    ([name, gap, extras, specifiers, marker]) =>
      `${name}${gap}${extras}${gap}${specifiers}${marker === '' ? '' : ` ; ${marker}`}`,
  );

/** Pieces of requirements in any order. */
export const requirementNoise = fc
  .array(
    fc.constantFrom(
      'a',
      'foo',
      '[',
      ']',
      'b',
      ',',
      '>=1',
      '==2.*',
      ' ',
      '(',
      ')',
      ';',
      'os_name',
      '=="nt"',
      '@',
      'https://h.example/a',
      ' ; ',
    ),
    { maxLength: 7 },
  )
  .map((pieces) => pieces.join(''));

const tag = (texts: readonly string[]) =>
  fc.array(fc.constantFrom(...texts), { minLength: 1, maxLength: 2 }).map((parts) => parts.join('.'));

/** File names of wheels, some of them broken. */
export const wheelFilename = fc
  .tuple(
    fc.constantFrom('foo', 'Foo_Bar', 'a.b', 'x1', 'a__b', 'foo bar'),
    fc.oneof(
      versionText.map((text) => text.trim().replaceAll('-', '_')),
      fc.constant('1.0'),
    ),
    fc.constantFrom('', '', '1-', '2b-', '007x.y-', 'x-'),
    tag(['py2', 'py3', 'cp311', 'PY3']),
    tag(['none', 'cp311', 'abi3']),
    tag(['any', 'linux_x86_64', 'manylinux_2_17_x86_64']),
    fc.constantFrom('.whl', '.whl', '.whl', '.whl', '.zip', '-x.whl'),
  )
  .map(
    ([name, version, build, python, abi, platform, end]) =>
      `${name}-${version}-${build}${python}-${abi}-${platform}${end}`,
  );

export const environments: readonly MarkerEnvironment[] = ['3.6.15', '3.11.7', '3.13.0rc1', '3.14.0'].flatMap(
  (version) =>
    (['linux', 'win32'] as const).map((platform) => ({
      os_name: platform === 'linux' ? 'posix' : 'nt',
      sys_platform: platform,
      platform_machine: platform === 'linux' ? 'x86_64' : 'AMD64',
      platform_python_implementation: 'CPython',
      platform_release: '6.1.0',
      platform_system: platform === 'linux' ? 'Linux' : 'Windows',
      platform_version: '#1',
      python_version: version.split('.').slice(0, 2).join('.'),
      python_full_version: version,
      implementation_name: 'cpython',
      implementation_version: version,
    })),
);

const cellText = fc.string({
  unit: fc.constantFrom('a', 'b', '/', ',', '"', ' ', '\n', 'é', '.', "'"),
  minLength: 1,
  maxLength: 8,
});

/** Entries of RECORD, one to a path. */
export const recordEntries = fc.uniqueArray(
  fc.record(
    {
      path: cellText,
      hash: fc.record({ algorithm: fc.constantFrom('sha256', 'sha512'), digest: fc.constantFrom('AAAA', 'a-b_9') }),
      size: fc.nat(),
    },
    { requiredKeys: ['path'] },
  ),
  { selector: (entry) => entry.path, maxLength: 6 },
);

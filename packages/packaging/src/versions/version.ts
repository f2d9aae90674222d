// Versions: read, normalize, order (specification "Version specifiers", formerly PEP 440). Each version carries a packed
// sort key, so that comparing and sorting thousands of them is plain string comparison, exact for numbers of any size.

import { PackagingError, quote } from '../packaging-error.ts';

/** A version in its parts. Numbers beyond 2^53 lose digits in the parts, never in `text` and `key`. */
export interface Version {
  /** The normalized form. */
  readonly text: string;
  /** The text that was parsed, without the space around it: what `===` compares. */
  readonly written: string;
  /** Orders versions by plain string comparison; equal for equal versions (`1.0` and `1`). Not for storing. */
  readonly key: string;
  /** The number before `!`; 0 where none is written. */
  readonly epoch: number;
  /** The numbers of the release, as many as are written. */
  readonly release: readonly number[];
  /** The pre-release: alpha, beta or candidate, and its number. */
  readonly pre?: { readonly label: 'a' | 'b' | 'rc'; readonly number: number } | undefined;
  /** The number of the post-release. */
  readonly post?: number | undefined;
  /** The number of the development release. */
  readonly dev?: number | undefined;
  /** The local version after `+`, in its parts: numbers, and texts in lower case. */
  readonly local?: readonly (string | number)[] | undefined;
}

const versionPattern =
  /^v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)(?:[._-]?(alpha|a|beta|b|preview|pre|c|rc)[._-]?([0-9]+)?)?(?:-([0-9]+)|[._-]?(post|rev|r)[._-]?([0-9]+)?)?(?:[._-]?(dev)[._-]?([0-9]+)?)?(?:\+([a-z0-9]+(?:[._-][a-z0-9]+)*))?$/i;
const labels: Readonly<Record<string, 'a' | 'b' | 'rc'>> = { a: 'a', alpha: 'a', b: 'b', beta: 'b' };
const preRanks = { a: '1', b: '2', rc: '3' } as const;
// The longest text and the longest number that are read; Python refuses integers of more digits by itself.
const longestText = 20_000;
const longestNumber = 4300;

/** The version that `text` spells; throws `PACKAGING_INVALID_VERSION`. */
export function parseVersion(text: string): Version {
  const version = tryParseVersion(text);
  if (version) return version;
  throw new PackagingError('PACKAGING_INVALID_VERSION', `${quote(text)} is not a valid version.`, {
    hint: 'A version reads [N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local].',
    data: { version: text },
  });
}

/** As {@link parseVersion}; undefined if the text is not a version. */
export function tryParseVersion(text: string): Version | undefined {
  if (text.length > longestText) return undefined;
  const match = versionPattern.exec(text) ?? versionPattern.exec(text.trim());
  if (!match) return undefined;
  const [, epoch, release, preLabel, preNumber, postImplicit, postLabel, postNumber, dev, devNumber, local] = match;
  const label = preLabel === undefined ? undefined : (labels[preLabel.toLowerCase()] ?? 'rc');
  const hasPost = postImplicit !== undefined || postLabel !== undefined;
  const digits: Digits = {
    epoch: number(epoch),
    release: release!.split('.').map(number),
    label,
    pre: label && number(preNumber),
    post: hasPost ? number(postImplicit ?? postNumber) : undefined,
    dev: dev === undefined ? undefined : number(devNumber),
    local: local?.toLowerCase().split(/[._-]/).map(localSegment),
  };
  return text.length > longestNumber && exceeds(digits) ? undefined : assemble(digits, text.trim());
}

/** Negative, zero or positive as `a` sorts before, with or after `b`. */
export function compareVersions(a: Version, b: Version): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

/** Whether the version is an alpha, beta, candidate or development release. */
export function isPrerelease(version: Version): boolean {
  return version.pre !== undefined || version.dev !== undefined;
}

/** The sort key without the local part: what `==`, `<=` and `>` compare. */
export function publicKey(version: Version): string {
  return version.local === undefined ? version.key : version.key.slice(0, version.key.indexOf('+'));
}

/** The sort key of the first development release of a final or post-release, which precedes its other pre-releases. */
export function firstDevelopmentKey(version: Version): string {
  const key = publicKey(version);
  return version.post === undefined ? `${key.slice(0, -3)}000A0` : `${key.slice(0, -1)}0A0`;
}

/** The components of the release as exact decimal digits, for comparisons that must not round. */
export function releaseDigits(version: Version): readonly string[] {
  const release = /^(?:[0-9]+!)?([0-9.]*[0-9])/.exec(version.text)![1]!;
  return release.split('.').filter((digits) => digits !== '');
}

interface Digits {
  readonly epoch: string;
  readonly release: readonly string[];
  readonly label: 'a' | 'b' | 'rc' | undefined;
  readonly pre: string | undefined;
  readonly post: string | undefined;
  readonly dev: string | undefined;
  readonly local: readonly string[] | undefined;
}

function assemble(digits: Digits, written: string): Version {
  const { epoch, release, label, pre, post, dev, local } = digits;
  return {
    text: format(digits),
    written,
    key: pack(digits),
    epoch: Number(epoch),
    release: release.map(Number),
    ...(label === undefined ? {} : { pre: { label, number: Number(pre) } }),
    ...(post === undefined ? {} : { post: Number(post) }),
    ...(dev === undefined ? {} : { dev: Number(dev) }),
    ...(local === undefined ? {} : { local: local.map((segment) => (isNumber(segment) ? Number(segment) : segment)) }),
  };
}

function format({ epoch, release, label, pre, post, dev, local }: Digits): string {
  let text = epoch === '0' ? release.join('.') : `${epoch}!${release.join('.')}`;
  if (label !== undefined) text += `${label}${pre}`;
  if (post !== undefined) text += `.post${post}`;
  if (dev !== undefined) text += `.dev${dev}`;
  return local === undefined ? text : `${text}+${local.join('.')}`;
}

// epoch, release without trailing zeros and a terminator below every number, then pre, post and dev each by a rank and a
// number, then the local part. A development release of nothing else sorts before every alpha.
function pack({ epoch, release, label, pre, post, dev, local }: Digits): string {
  let end = release.length;
  while (end > 0 && release[end - 1] === '0') end -= 1;
  let key = packNumber(epoch);
  for (let index = 0; index < end; index += 1) key += packNumber(release[index]!);
  key += '!';
  if (label !== undefined) key += preRanks[label] + packNumber(pre!);
  else key += dev !== undefined && post === undefined ? '0' : '4';
  key += post === undefined ? '0' : `1${packNumber(post)}`;
  key += dev === undefined ? '1' : `0${packNumber(dev)}`;
  if (local === undefined) return key;
  return `${key}+${local.map((segment) => (isNumber(segment) ? `2${packNumber(segment)}` : `1${segment}!`)).join('')}`;
}

// The count of digits as one character, then the digits: string order is then the order of the numbers.
function packNumber(digits: string): string {
  return String.fromCharCode(0x40 + digits.length) + digits;
}

function number(digits: string | undefined): string {
  if (digits === undefined) return '0';
  return digits.length > 1 && digits.startsWith('0') ? digits.replace(/^0+(?=[0-9])/, '') : digits;
}

function localSegment(segment: string): string {
  return isNumber(segment) ? number(segment) : segment;
}

function isNumber(segment: string): boolean {
  return /^[0-9]+$/.test(segment);
}

function exceeds({ epoch, release, pre, post, dev, local }: Digits): boolean {
  const all = [epoch, pre, post, dev, ...release, ...(local ?? []).filter(isNumber)];
  return all.some((digits) => digits !== undefined && digits.length > longestNumber);
}

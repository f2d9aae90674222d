import { expect, it } from 'vitest';
import { collectCredentials } from '../src/credentials.ts';
import { parseNetrc } from '../src/netrc.ts';

const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;
const credentials = collectCredentials({
  urls: [
    'https://ann:one@localhost/team/simple/',
    'https://bob:two@localhost/team/simple/private/',
    'https://eve:three@localhost:8443/simple/',
    'https://localhost/open/',
    '/srv/wheels',
  ],
});
const sent = (url: string) => credentials.of(new URL(url));

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

it('.netrc answers for a host where no URL has credentials', () => {
  const entries = parseNetrc('machine Example.org login me password "p@ss w\\"rd"\ndefault login any password all\n');
  const { of } = collectCredentials({ urls: ['https://url:own@example.org/simple/'], readNetrc: () => entries });
  expect(of(new URL('https://example.org/simple/x/'))).toBe(basic('url:own'));
  expect(of(new URL('http://example.org:81/'))).toBe(basic('me:p@ss w"rd'));
  expect(of(new URL('http://me@example.org:81/'))).toBe(basic('me:p@ss w"rd'));
  expect(of(new URL('http://other@example.org:81/'))).toBe(basic('other:'));
  expect(of(new URL('http://elsewhere/'))).toBe(basic('any:all'));
});

it("a host's own entry wins over default, wherever default stands, and the first of several of its own", () => {
  const text = 'default login any password all\nmachine h login a password 1\nmachine h login b password 2\n';
  const { of } = collectCredentials({ urls: [], readNetrc: () => parseNetrc(text) });
  expect(of(new URL('http://h/'))).toBe(basic('a:1'));
  expect(of(new URL('http://b@h/'))).toBe(basic('b:2'));
  expect(of(new URL('http://any@h/'))).toBe(basic('any:all'));
  expect(of(new URL('http://c@h/'))).toBe(basic('c:'));
  expect(of(new URL('http://other/'))).toBe(basic('any:all'));
});

it('.netrc may hold comments, macros, accounts and its words on any line', () => {
  const text = [
    '# machine no login no password no',
    'macdef init',
    'machine never login never password never',
    '',
    'machine a',
    '\tlogin la',
    '\taccount x',
    '\tpassword #pa',
    'machine b user lb password pb machine c login lc',
  ];
  expect(parseNetrc(text.join('\n'))).toEqual([
    { machine: 'a', login: 'la', password: '#pa' },
    { machine: 'b', login: 'lb', password: 'pb' },
    { machine: 'c', login: 'lc', password: '' },
  ]);
});

it('a keyring is asked once, after a refusal, and its answer is used from then on', async () => {
  const asked: [string, string | undefined][] = [];
  const { of, afterRefusal } = collectCredentials({
    urls: ['https://me@h/simple/', 'https://full:known@k/'],
    async askKeyring(url, username) {
      asked.push([url, username]);
      return url === 'h' && username === 'me' ? { username, password: 'secret' } : undefined;
    },
  });
  const url = new URL('https://h/simple/x/');
  expect(of(url)).toBe(basic('me:'));
  expect(await Promise.all([afterRefusal(url), afterRefusal(url)])).toEqual([basic('me:secret'), basic('me:secret')]);
  expect(asked).toEqual([
    ['https://h/simple/', 'me'],
    ['h', 'me'],
  ]);
  expect(of(new URL('https://h/other'))).toBe(basic('me:secret'));
  expect(await afterRefusal(new URL('https://k/'))).toBeUndefined();
  expect(await afterRefusal(new URL('https://unknown/'))).toBeUndefined();
});

it.each([
  ['https://h/simple', 'https://h/simple/x/', ['https://h/simple/', 'https://h/simple', 'h']],
  ['https://h:81/a/simple/', 'https://h:81/files/x.whl', ['https://h:81/a/simple/', 'h:81']],
  ['https://other/simple/', 'https://me@h/x.whl?q#f', ['https://h/x.whl', 'h']],
])(
  'with the index %s a keyring is asked for %s by its index, else by itself, then by its host',
  async (index, url, names) => {
    const asked: string[] = [];
    const askKeyring = async (name: string) => void asked.push(name);
    expect(await collectCredentials({ urls: [index], askKeyring }).afterRefusal(new URL(url))).toBeUndefined();
    expect(asked).toEqual(names);
  },
);

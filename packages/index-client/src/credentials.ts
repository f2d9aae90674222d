// User and password as they stand in URLs: taken out, kept apart, and given only to the origin that they were written for.

/** What to send as `Authorization` to a URL; undefined: nothing. */
export type Credentials = (url: URL) => string | undefined;

/** The credentials in `urls`. Of several for one origin, those of the longest path above a URL are for it. */
export function collectCredentials(urls: readonly string[]): Credentials {
  const known = urls.flatMap((text) => {
    if (!URL.canParse(text)) return [];
    const url = new URL(text);
    const authorization = basicAuthorization(url);
    return authorization === undefined ? [] : [{ origin: url.origin, pathname: url.pathname, authorization }];
  });
  return (url) => {
    const own = basicAuthorization(url);
    if (own !== undefined) return own;
    const ofOrigin = known.filter(({ origin }) => origin === url.origin);
    const above = ofOrigin.filter(({ pathname }) => url.pathname.startsWith(pathname));
    const [closest] = above.sort((a, b) => b.pathname.length - a.pathname.length);
    return (closest ?? ofOrigin[0])?.authorization;
  };
}

/** `Basic …` for the user and password in a URL; undefined when there are none. */
export function basicAuthorization({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

export function withoutUserInfo(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

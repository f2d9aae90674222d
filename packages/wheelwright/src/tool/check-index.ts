// Checks the configured indexes before the first request, so that a mistake in an option or a variable is not reported as
// a network failure.
import { statSync } from 'node:fs';
import { checkProxies } from './proxy-settings.ts';
import type { IndexSettings } from './settings.ts';
import { WheelwrightError } from './wheelwright-error.ts';

/** Throws WHEELWRIGHT_USAGE if an index or a proxy is not a URL or the certificates are not in a file, and names the option. */
export function checkIndex({ indexUrls, extraIndexUrls, noIndex, certPath, proxies, namedBy }: IndexSettings): void {
  checkProxies(proxies);
  for (const url of noIndex ? [] : [...indexUrls, ...extraIndexUrls]) {
    if (isIndexUrl(url)) continue;
    const said = namedBy[url] ?? 'a requirements file';
    throw new WheelwrightError(
      'WHEELWRIGHT_USAGE',
      `${said} names ${JSON.stringify(url)} as an index, which is not a URL.`,
      {
        hint: 'An index is an http:, https: or file: URL. A directory of wheels is named with --find-links.',
        data: { url, namedBy: said },
      },
    );
  }
  if (certPath === undefined || statSync(certPath, { throwIfNoEntry: false })?.isFile()) return;
  const said = namedBy[certPath] ?? '--cert';
  throw new WheelwrightError(
    'WHEELWRIGHT_USAGE',
    `${said} names ${certPath} for certificates, and that is not a file.`,
    {
      hint: 'Name a file of certificates in PEM, or leave it out.',
      data: { path: certPath, namedBy: said },
    },
  );
}

function isIndexUrl(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:', 'file:'].includes(new URL(text).protocol);
}

// Secrets leave a URL before it reaches a message, a log or a file that others read.

const userInfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi;

/** `text` with the user and password of every URL in it replaced by `****`. */
export function redactUrls(text: string): string {
  return text.replace(userInfo, '$1****@');
}

/** The homeserver's address as a person types it. */

/**
 * `example.org`, `https://example.org/` and `http://127.0.0.1:8008` become a base URL without a slash at the end.
 * Undefined when it is no web address.
 */
export function homeserverUrl(typed: string): string | undefined {
  const text = typed.trim();
  // Browsers take blanks in a host name; nobody means them.
  if (text === '' || /\s/.test(text)) return undefined;
  try {
    const url = new URL(/^[a-z]+:\/\//i.test(text) ? text : `https://${text}`);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return undefined;
    return (url.origin + url.pathname).replace(/\/+$/, '');
  } catch {
    return undefined;
  }
}

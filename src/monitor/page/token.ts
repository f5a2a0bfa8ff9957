/**
 * Reads the token from the page's URL, and removes it there at once: nobody shall read it on the screen, and neither
 * the browser's history nor a copied link shall contain it.
 */
export function takeToken(): string | undefined {
  const address = new URL(location.href);
  const token = address.searchParams.get('token') ?? undefined;
  if (token !== undefined) {
    address.searchParams.delete('token');
    history.replaceState(undefined, '', address);
  }
  return token;
}

/** The URL of a path relative to the page. */
export function addressOf(path: string): URL {
  const address = new URL(path, document.baseURI);
  address.hash = '';
  address.search = '';
  return address;
}

export function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

/**
 * The token of the page's own address. It is taken out of the address at once, so that it is neither seen over a
 * shoulder, nor kept in the history, nor copied along with the link.
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

/** The address of something beside the page. */
export function addressOf(path: string): URL {
  const address = new URL(path, document.baseURI);
  address.hash = '';
  address.search = '';
  return address;
}

export function authorization(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

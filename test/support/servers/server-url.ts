/** A connection URL with every part escaped. */
export function serverUrl(
  server: { readonly user: string; readonly password: string; readonly host: string; readonly port: number },
  database = '',
): string {
  const { user, password, host, port } = server;
  return `mysql://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(database)}`;
}

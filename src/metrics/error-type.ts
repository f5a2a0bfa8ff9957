// Matches the error codes of Node, mysql2, MySQL and this package: there are few, and they contain no user data.
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const CLASS = /^[A-Za-z]{1,64}$/;

/**
 * The value of the attribute `error.type`: the error's code, or else its name. Whatever else was thrown is `_OTHER`, so
 * that the number of values stays small.
 */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string' && CODE.test(code)) return code;
  return typeof name === 'string' && CLASS.test(name) ? name : '_OTHER';
}

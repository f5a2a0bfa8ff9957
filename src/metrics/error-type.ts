// Codes of Node, mysql2, MySQL and this package: few, and nothing of a user's in them.
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
const CLASS = /^[A-Za-z]{1,64}$/;

/** The class of an error in one word, as `error.type` has it: its code, else its name. One of few, whatever is thrown. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (typeof code === 'string' && CODE.test(code)) return code;
  return typeof name === 'string' && CLASS.test(name) ? name : '_OTHER';
}

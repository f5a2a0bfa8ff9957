/** Where the text goes on after the next `mark`; its end when there is none. */
export function after(sql: string, mark: string, from: number): number {
  const at = sql.indexOf(mark, from);
  return at < 0 ? sql.length : at + mark.length;
}

/** Where the text goes on after the comment at `at`; `at` itself when there is none, or one that the server executes. */
export function afterComment(sql: string, at: number): number {
  const first = sql[at];
  if (first === '#') return after(sql, '\n', at);
  // Without a blank after it, it is twice a minus.
  if (first === '-') return sql[at + 1] === '-' && isBlank(sql[at + 2]) ? after(sql, '\n', at) : at;
  if (first !== '/' || sql[at + 1] !== '*') return at;
  return isExecuted(sql, at) ? at : after(sql, '*/', at + 2);
}

/** Whether a comment that the server executes begins there. */
export function isExecuted(sql: string, at: number): boolean {
  return sql.startsWith('/*!', at) || sql.startsWith('/*M!', at);
}

/** The end of the text counts as one, and so does every control character. */
const isBlank = (letter: string | undefined): boolean => letter === undefined || letter <= ' ' || letter === '\x7f';

/**
 * The lines that programs are made of, by topic. `;;` separates successive commands of one client, between which other
 * clients may run theirs; `&&` separates commands that are sent in one write. A line may begin with its weight (`3*`)
 * and the only server that it is for (`mysql:`). For words in braces see words.ts; `{me}` is the client's number,
 * `{fresh}` a number that is not used again, `{several}` the query of another line.
 */
export interface Topic {
  readonly name: string;
  /** Most of the lines pin the client to its backend, so that a program with them tests other topics less. */
  readonly pins?: true;
  /** Only for programs with one client, since the lines would disturb other clients. */
  readonly alone?: true;
  readonly lines: readonly string[];
}

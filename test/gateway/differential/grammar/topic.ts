/**
 * The lines that programs are made of, by topic. `;;` stands between commands of one client that follow each other with
 * whatever other clients do in between; `&&` between commands that are sent in one write. A line may begin with how
 * often it is wanted (`3*`) and with the only server that has it (`mysql:`). Words in braces: words.ts; `{me}` is the
 * number of the client, `{fresh}` a number that is not used again, `{several}` another line's query.
 */
export interface Topic {
  readonly name: string;
  /** Clients keep their backend after most of these: with them in a program, others are tried less. */
  readonly pins?: true;
  /** Stops other clients: only in programs of one. */
  readonly alone?: true;
  readonly lines: readonly string[];
}

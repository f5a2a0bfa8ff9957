import type { Carried, Reading } from '../session/index.js';

/** A statement that a client has prepared. Any backend may run it, after preparing it on its own session. */
export interface ClientStatement {
  /** The statement id that the client uses. */
  readonly id: number;
  /** As latin1: one character for each byte. */
  readonly text: string;
  readonly reading: Reading;
  /** The state of the session in which it was prepared: the server bound its names and quotes by that. */
  readonly carried: Carried;
  /** Its key in `BackendStatements`. */
  key: string;
  readonly parameters: number;
  /** It cannot be prepared alike again: MySQL has fixed the types that its user variables had at that moment. */
  readonly isUnrepeatable: boolean;
  /** The types of its parameters, as the client has sent them last. */
  types: Buffer | undefined;
  /** Long data was sent for a parameter that it does not have: the server refuses to run it until it is reset. */
  isSpoilt: boolean;
}

/** Most statements of a client: the default of max_prepared_stmt_count (a server's limit over all clients). */
const MOST = 16_382;
/** Most characters of a client's texts, which stay in the gateway's memory. A single larger text is allowed. */
const MOST_LETTERS = 64 * 1024 * 1024;

/** The statement id that on MariaDB stands for the latest prepared statement. */
const LAST = 0xff_ff_ff_ff;

/**
 * Clients' statement ids begin above all ids that a server gives within a session: a client that uses the id of a
 * closed statement must not hit another client's statement on the same backend.
 */
export const NONE_OF_A_SERVER = 0x4000_0000;

let clients = 0;

/** The prepared statements of a client, by the ids that it uses. */
export class ClientStatements {
  readonly #client = ++clients;
  readonly #all = new Map<number, ClientStatement>();
  #letters = 0;
  #count = NONE_OF_A_SERVER;
  /** The id of the latest prepared statement; undefined if there was none, or the latest PREPARE failed. */
  #last: number | undefined;
  readonly #server: 'mysql' | 'mariadb';

  constructor(server: 'mysql' | 'mariadb') {
    this.#server = server;
  }

  add(
    { text, reading }: { readonly text: string; readonly reading: Reading },
    carried: Carried,
    parameters: number,
  ): ClientStatement {
    const id = ++this.#count;
    const key = `${carried.preparedUnder}\0${text}`;
    const isUnrepeatable = this.#server === 'mysql' && reading.hasUserVariables === true;
    const own = { types: undefined, isSpoilt: false };
    const statement = { id, text, reading, carried, key, parameters, isUnrepeatable, ...own };
    if (isUnrepeatable) this.setApart(statement);
    this.#all.set(id, statement);
    this.#letters += text.length;
    this.#last = id;
    return statement;
  }

  /** Whether the client may prepare no more: backends evict old statements, but all texts must be kept here. */
  get isFull(): boolean {
    return this.#all.size >= MOST || this.#letters >= MOST_LETTERS;
  }

  /** A PREPARE has failed. */
  failed(): void {
    this.#last = undefined;
  }

  get(id: number): ClientStatement | undefined {
    const known = id === LAST && this.#server === 'mariadb' ? this.#last : id;
    return known === undefined ? undefined : this.#all.get(known);
  }

  /** Whether no session of the server can have a statement with this id. */
  isUnknownEverywhere(id: number): boolean {
    return id >= NONE_OF_A_SERVER && !(id === LAST && this.#server === 'mariadb');
  }

  delete(id: number): ClientStatement | undefined {
    const statement = this.get(id);
    if (statement !== undefined && this.#all.delete(statement.id)) this.#letters -= statement.text.length;
    return statement;
  }

  /** Shares no prepared statement of a backend with others of the same text any more: it has a cursor or long data. */
  setApart(statement: ClientStatement): void {
    const own = `\0${this.#client}.${statement.id}`;
    if (!statement.key.endsWith(own)) statement.key += own;
  }

  clear(): void {
    this.#all.clear();
    this.#letters = 0;
    this.#last = undefined;
  }
}

import type { Carried, Reading } from '../session/index.js';

/** A statement that a client has prepared: by whatever backend it is run. */
export interface ClientStatement {
  /** The client's number of it. */
  readonly id: number;
  /** As latin1: one character a byte. */
  readonly text: string;
  readonly reading: Reading;
  /** What the session was when it was prepared: the server bound its names and quotes then. */
  readonly carried: Carried;
  /** By which it is known among what a backend has prepared. */
  key: string;
  readonly parameters: number;
  /** Nobody can prepare it once more as it was: MySQL gives user variables the types, or none, that they have then. */
  readonly isUnrepeatable: boolean;
  /** The types of its parameters, as they were sent last. */
  types: Buffer | undefined;
  /** Data was sent for a parameter that it does not have: the server refuses to run it until it is reset. */
  isSpoilt: boolean;
}

/** What a server lets all its clients have together (max_prepared_stmt_count), if nobody has changed it. */
const MOST = 16_382;
/** So much their texts may take, but for one that is larger, in letters: they are kept here, where all clients are. */
const MOST_LETTERS = 64 * 1024 * 1024;

/** Stands for the statement that was prepared last, on MariaDB. */
const LAST = 0xff_ff_ff_ff;

/**
 * Clients' numbers begin behind all that a server has for one session: what a client has closed, no other client has there.
 */
export const NONE_OF_A_SERVER = 0x4000_0000;

let clients = 0;

/** What a client has prepared, by its own numbers. */
export class ClientStatements {
  readonly #client = ++clients;
  readonly #all = new Map<number, ClientStatement>();
  #letters = 0;
  #count = NONE_OF_A_SERVER;
  /** Undefined: there was none, or it failed. */
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

  /** It may prepare no more: backends would, and close the oldest, but what the texts take here has to end. */
  get isFull(): boolean {
    return this.#all.size >= MOST || this.#letters >= MOST_LETTERS;
  }

  failed(): void {
    this.#last = undefined;
  }

  get(id: number): ClientStatement | undefined {
    const known = id === LAST && this.#server === 'mariadb' ? this.#last : id;
    return known === undefined ? undefined : this.#all.get(known);
  }

  /** Whether no session of the server's can have a statement of that number. */
  isUnknownEverywhere(id: number): boolean {
    return id >= NONE_OF_A_SERVER && !(id === LAST && this.#server === 'mariadb');
  }

  delete(id: number): ClientStatement | undefined {
    const statement = this.get(id);
    if (statement !== undefined && this.#all.delete(statement.id)) this.#letters -= statement.text.length;
    return statement;
  }

  /** On no backend it is the same as another one of that text: a cursor, or data sent ahead, belongs to it alone. */
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

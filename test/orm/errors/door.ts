/** Where a database is, or seems to be, and how an ORM is to wait for a connection to it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** How long a caller waits where nothing is to come of it, in ms. */
export const SHORT = 500;

/** An ORM that is at work. */
export interface OpenDoor {
  query(sql: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/**
 * How an ORM is opened: with at most so many connections, for which callers wait so long, in ms, where its pool has a limit;
 * and with options that only our pool has, where the ORM takes them.
 */
export type Open = (place: Place, max: number, acquire: number, own?: object) => OpenDoor | Promise<OpenDoor>;

/** An ORM as its users have it: with the pool of its own, and with ours. */
export interface Door {
  readonly name: string;
  readonly stock: Open;
  readonly ours: Open;
  /** Callers of both pools wait in an outage: how long they are let wait for the table, in ms. */
  readonly patience?: number;
}

/** Which of the two. In one process there is one of them: some adapters change the ORM for the whole process. */
export type Side = 'stock' | 'ours';

/** Where a database is, or seems to be, and how an ORM is to wait for a connection to it. */
export interface Place {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

/** How long callers wait for a connection where the ORM has a time for that, in ms. */
export const ACQUIRE = 500;

/** An ORM that is at work. */
export interface OpenDoor {
  query(sql: string): Promise<unknown>;
  close(): Promise<unknown>;
}

/** How an ORM is opened, with at most so many connections. */
export type Open = (place: Place, max: number) => OpenDoor | Promise<OpenDoor>;

/** An ORM as its users have it: with the pool of its own, and with ours. */
export interface Door {
  readonly name: string;
  readonly stock: Open;
  readonly ours: Open;
}

/** Which of the two. In one process there is one of them: some adapters change the ORM for the whole process. */
export type Side = 'stock' | 'ours';

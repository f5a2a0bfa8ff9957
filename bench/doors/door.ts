/** The table that every door reads and writes: `id`, `name` and `n`, with ids from 1 up. */
export const TABLE = 'bench_rows';

/** How many rows it has. */
export const ROWS = 100;

/** A row of it, or what a door makes of one. */
export interface TableRow {
  readonly id: number;
}

/** A way into the database that applications use: an ORM or a driver, over a pool. */
export interface Door {
  /** One row by its key. */
  one(id: number): Promise<TableRow | undefined>;
  /** A transaction of four statements: its beginning, a row by its key, a change of that row, its end. */
  transaction(id: number): Promise<unknown>;
  /** All rows. */
  all(): Promise<readonly TableRow[]>;
}

export interface DoorOptions {
  /** Whether the pool is the one that the door brings along, or ours. */
  readonly isStock: boolean;
  readonly url: string;
  readonly size: number;
}

/** Opens a door. What it needs is loaded here and not before: a process measures one of them. */
export type OpenDoor = (options: DoorOptions) => Door | Promise<Door>;

export const ONE: string = `SELECT id, name, n FROM ${TABLE} WHERE id = ?`;
export const CHANGE: string = `UPDATE ${TABLE} SET n = ? WHERE id = ?`;
export const ALL: string = `SELECT id, name, n FROM ${TABLE}`;

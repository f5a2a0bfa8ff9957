/** The table that every door reads and writes: `id`, `name` and `n`, with ids from 1 up. */
export const TABLE = 'bench_rows';

/** How many rows the table has. */
export const ROWS = 100;

/** A row of the table, or the door's object for one. */
export interface TableRow {
  readonly id: number;
}

/** A way in which applications access the database: an ORM or a driver, on a pool. */
export interface Door {
  /** Reads one row by its key. */
  one(id: number): Promise<TableRow | undefined>;
  /** Runs a transaction of four statements: BEGIN, a read by key, an update of that row, COMMIT. */
  transaction(id: number): Promise<unknown>;
  /** Reads all rows. */
  all(): Promise<readonly TableRow[]>;
}

export interface DoorOptions {
  /** Whether to use the door's own pool instead of ours. */
  readonly isStock: boolean;
  readonly url: string;
  readonly size: number;
}

/** Opens a door. Its modules are loaded only here, since each process measures one door. */
export type OpenDoor = (options: DoorOptions) => Door | Promise<Door>;

export const ONE: string = `SELECT id, name, n FROM ${TABLE} WHERE id = ?`;
export const CHANGE: string = `UPDATE ${TABLE} SET n = ? WHERE id = ?`;
export const ALL: string = `SELECT id, name, n FROM ${TABLE}`;

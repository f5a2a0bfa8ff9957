import type { ServerKind } from './built-in-names.js';
import type { Carried } from './carried.js';
import type { Literal } from './set-items.js';
import type { Rows } from './tracked.js';
import { askUserValues, readUserValue, userValue } from './user-value.js';

/** What a text, or an answer, says about user variables. */
export interface ToldVariables {
  /** By name; values as SQL. */
  readonly known: ReadonlyMap<string, string>;
  readonly unknown: readonly string[];
}

/**
 * How many characters all of them may take as SQL: each change makes a new state of them, and all are sent again each
 * time that another backend is bound. A client with more keeps its backend.
 */
const MOST = 32_768;
/** How many are asked for at once: for each, MariaDB looks through all variables of the session. */
const MOST_ASKED = 200;
/** Approximately how many characters are written around each. */
const AROUND = 16;

/** The room that is left for user variables. */
class Room {
  readonly #carried: ReadonlyMap<string, string>;
  #left = MOST;

  constructor(carried: ReadonlyMap<string, string>) {
    this.#carried = carried;
    for (const [name, sql] of carried) this.#left -= costOf(name, sql);
  }

  /** Takes room for this value in place of the variable's present one; false if there is not enough. */
  takes(name: string, sql: string): boolean {
    const before = this.#carried.get(name);
    const left = this.#left + (before === undefined ? 0 : costOf(name, before)) - costOf(name, sql);
    if (left >= 0) this.#left = left;
    return left >= 0;
  }
}

const costOf = (name: string, sql: string): number => name.length + sql.length + AROUND;

/** The user variables of a session whose values are not known and have to be asked for. */
export class UnsureVariables {
  /** Undefined until there is one. */
  #names: Set<string> | undefined;

  /** @returns false if they are too many to ask for: their values stay unknown */
  add(names: Iterable<string>): boolean {
    const all = new Set([...(this.#names ?? []), ...names]);
    if (all.size > MOST_ASKED) return false;
    this.#names = all;
    return true;
  }

  /** The variables were set to literals, which tell the values of most. */
  set(literals: ReadonlyMap<string, Literal>, { charset, userVariables }: Carried): ToldVariables {
    const room = new Room(userVariables);
    const known = new Map<string, string>();
    const unknown: string[] = [];
    for (const [name, literal] of literals) {
      const sql = userValue(name, literal, charset, userVariables.get(name));
      if (sql === undefined || !room.takes(name, sql)) unknown.push(name);
      else {
        known.set(name, sql);
        this.#names?.delete(name);
      }
    }
    return { known, unknown };
  }

  clear(): void {
    this.#names = undefined;
  }

  /** The query for those that are not known; for none, if all were set again since. */
  question(server: ServerKind): string {
    const names = this.#names;
    return names === undefined || names.size === 0 ? 'SELECT NULL' : askUserValues(names, server);
  }

  /** Takes the answer. A failed statement, too, may have set a variable to NULL, and given it a type. */
  told(rows: Rows, { userVariables }: Carried): ToldVariables {
    const room = new Room(userVariables);
    const known = new Map<string, string>();
    const unknown: string[] = [];
    for (const [at, name] of [...(this.#names ?? [])].entries()) {
      const value = readUserValue(rows[at] ?? []);
      if (value === undefined || !room.takes(name, value)) unknown.push(name);
      else known.set(name, value);
    }
    this.#names = undefined;
    return { known, unknown };
  }
}

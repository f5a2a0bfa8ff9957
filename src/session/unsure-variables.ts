import type { ServerKind } from './built-in-names.js';
import type { Carried } from './carried.js';
import type { Literal } from './set-items.js';
import type { Rows } from './tracked.js';
import { askUserValues, readUserValue, userValue } from './user-value.js';

/** What a text, or an answer, says of some. */
export interface ToldVariables {
  /** By name, as SQL. */
  readonly known: ReadonlyMap<string, string>;
  readonly unknown: readonly string[];
}

/** The user variables of a session whose values are not known, and have to be asked for. */
export class UnsureVariables {
  /** Undefined until there is one. */
  #names: Set<string> | undefined;

  add(names: Iterable<string>): void {
    this.#names ??= new Set<string>();
    for (const name of names) this.#names.add(name);
  }

  /** They were set to literals, which tell the values of most. */
  set(literals: ReadonlyMap<string, Literal>, { charset, userVariables }: Carried): ToldVariables {
    const known = new Map<string, string>();
    const unknown: string[] = [];
    for (const [name, literal] of literals) {
      const sql = userValue(name, literal, charset, userVariables.get(name));
      if (sql === undefined) unknown.push(name);
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

  /** All that are left; none where all were set again since. */
  question(server: ServerKind): string {
    const names = this.#names;
    return names === undefined || names.size === 0 ? 'SELECT NULL' : askUserValues(names, server);
  }

  /** Takes the answer. Also a statement that has failed may have made a variable NULL, and given it a type. */
  told(rows: Rows): ToldVariables {
    const known = new Map<string, string>();
    const unknown: string[] = [];
    for (const [at, name] of [...(this.#names ?? [])].entries()) {
      const value = readUserValue(rows[at] ?? []);
      if (value === undefined) unknown.push(name);
      else known.set(name, value);
    }
    this.#names = undefined;
    return { known, unknown };
  }
}

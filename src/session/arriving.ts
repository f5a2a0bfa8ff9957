import type { Carried, CarriedStates, Charset } from './carried.js';
import type { Rows } from './tracked.js';

/** Asks for all collations of a server: `Collations` takes the answer. */
export const askCollations = 'SHOW COLLATION WHERE Id IS NOT NULL';

/** The collations of a server, by number: a client says the number in its handshake. */
export class Collations {
  /** Those that character sets have where none is said, by character set. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly #byNumber: ReadonlyMap<number, { readonly charset: string; readonly collation: string }>;

  /** @param rows of the answer to `askCollations` */
  constructor(rows: Rows) {
    this.#byNumber = new Map(
      rows.map(([collation, charset, id]) => [Number(id), { collation: collation ?? '', charset: charset ?? '' }]),
    );
    const firsts = rows.filter(([, , , isDefault]) => isDefault === 'Yes');
    this.defaults = new Map(firsts.map(([collation, charset]) => [charset ?? '', collation ?? '']));
  }

  get(number: number): { readonly charset: string; readonly collation: string } | undefined {
    return this.#byNumber.get(number);
  }
}

// Of the capabilities in a client's handshake.
const IGNORE_SPACE = 0x100;
const INTERACTIVE = 0x400;
const MULTI_STATEMENTS = 0x10000;

/** What a client says of itself when it logs in. */
export interface Arriving {
  /** The number of a collation. */
  readonly charset: number;
  /** Those that it has and that were offered. */
  readonly capabilities: number;
  readonly collations: Collations;
}

/** What a client's session is like after its handshake, if that of a plain client is like `first`. */
export function arriving(
  states: CarriedStates,
  first: Carried,
  { charset, capabilities, collations }: Arriving,
): Carried {
  const variables = new Map<string, string>();
  if ((capabilities & IGNORE_SPACE) !== 0) variables.set('sql_mode', ignoringSpace(first.value('sql_mode') ?? ''));
  const interactive = first.value('interactive_timeout');
  if ((capabilities & INTERACTIVE) !== 0 && interactive !== undefined) variables.set('wait_timeout', interactive);
  return states.with(first, {
    variables,
    charset: charsetOf(first, collations.get(charset)),
    several: (capabilities & MULTI_STATEMENTS) !== 0,
  });
}

/** A number that the server does not know stands for its own character set. */
function charsetOf(first: Carried, said: ReturnType<Collations['get']>): Charset {
  const charset = said?.charset ?? first.value('character_set_server') ?? first.charset.client;
  const collation = said?.collation ?? first.value('collation_server') ?? first.charset.collation;
  return { client: charset, connection: charset, results: charset, collation, ofResults: collation };
}

/** Servers tell the modes in this order. */
const BEFORE_IGNORE_SPACE: ReadonlySet<string> = new Set(['REAL_AS_FLOAT', 'PIPES_AS_CONCAT', 'ANSI_QUOTES']);

function ignoringSpace(sqlMode: string): string {
  const modes = sqlMode.split(',').filter((mode) => mode !== '');
  if (modes.includes('IGNORE_SPACE')) return sqlMode;
  const at = modes.filter((mode) => BEFORE_IGNORE_SPACE.has(mode)).length;
  return [...modes.slice(0, at), 'IGNORE_SPACE', ...modes.slice(at)].join(',');
}

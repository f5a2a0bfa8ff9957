import type { Carried, CarriedStates, Charset } from './carried.js';
import type { Rows } from './tracked.js';

/** The query for all collations of a server; `Collations` takes its rows. */
export const askCollations = 'SHOW COLLATION WHERE Id IS NOT NULL';

/** The collations of a server by number, which is what a client sends in its handshake. */
export class Collations {
  /** The default collation of each character set. */
  readonly defaults: ReadonlyMap<string, string>;
  readonly #byNumber: ReadonlyMap<number, { readonly charset: string; readonly collation: string }>;

  /** @param rows the answer to `askCollations` */
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

// Capability flags of a client's handshake.
const IGNORE_SPACE = 0x100;
const INTERACTIVE = 0x400;
const MULTI_STATEMENTS = 0x10000;

/** What a client sends about itself in its handshake. */
export interface Arriving {
  /** The number of a collation. */
  readonly charset: number;
  /** The capability flags that the client has and was offered. */
  readonly capabilities: number;
  readonly collations: Collations;
}

/** The state of a client's session after its handshake; `first` is that of a client without special capabilities. */
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

/** For a collation number that it does not know, a server takes its own character set. */
function charsetOf(first: Carried, said: ReturnType<Collations['get']>): Charset {
  const charset = said?.charset ?? first.value('character_set_server') ?? first.charset.client;
  const collation = said?.collation ?? first.value('collation_server') ?? first.charset.collation;
  return { client: charset, connection: charset, results: charset, collation, ofResults: collation };
}

/** Servers list the modes in a fixed order: these come before IGNORE_SPACE. */
const BEFORE_IGNORE_SPACE: ReadonlySet<string> = new Set(['REAL_AS_FLOAT', 'PIPES_AS_CONCAT', 'ANSI_QUOTES']);

function ignoringSpace(sqlMode: string): string {
  const modes = sqlMode.split(',').filter((mode) => mode !== '');
  if (modes.includes('IGNORE_SPACE')) return sqlMode;
  const at = modes.filter((mode) => BEFORE_IGNORE_SPACE.has(mode)).length;
  return [...modes.slice(0, at), 'IGNORE_SPACE', ...modes.slice(at)].join(',');
}

import { decodeTextRow, type Answer, type AnswerKind, type ErrorPacket, type Ok } from '../wire/index.js';

/** The result of a command of the gateway's own. Values are decoded as latin1, one character for each byte. */
export interface Told {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly ok: Ok;
  /** The statement id, after a PREPARE. */
  readonly prepared: number | undefined;
}

/** An ERR packet of the server as an Error. */
export class ServerError extends Error {
  readonly errno: number;
  readonly sqlState: string;

  constructor({ errno, sqlState, message }: ErrorPacket) {
    super(message);
    this.name = 'ServerError';
    this.errno = errno;
    this.sqlState = sqlState;
  }
}

/** The answer to a command of the gateway's own: none of it goes to a client. */
export class OwnAnswer implements Answer {
  readonly kind: AnswerKind;
  readonly to = undefined;
  readonly told: Promise<Told>;
  readonly #rows: (string | null)[][] = [];
  #resolve!: (told: Told) => void;
  #reject!: (error: unknown) => void;
  #ok: Ok | undefined;
  #prepared: number | undefined;
  #error: ErrorPacket | undefined;

  constructor(kind: AnswerKind) {
    this.kind = kind;
    this.told = new Promise<Told>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Some answers are awaited by nobody: their rejection must not count as unhandled.
    this.told.catch(() => undefined);
  }

  ok(ok: Ok): void {
    this.#ok = ok;
  }

  error(error: ErrorPacket): void {
    this.#error = error;
  }

  row(payload: Buffer): void {
    this.#rows.push(decodeTextRow(payload).map((value) => value?.toString('latin1') ?? null));
  }

  prepared({ id }: { readonly id: number }): number {
    this.#prepared = id;
    return id;
  }

  end(): void {
    if (this.#error !== undefined) this.#reject(new ServerError(this.#error));
    else this.#resolve({ rows: this.#rows, ok: this.#ok ?? NO_OK, prepared: this.#prepared });
  }

  /** The connection was lost before the answer came. */
  lose(cause: unknown): void {
    this.#reject(cause);
  }
}

const NO_OK: Ok = { affectedRows: 0, insertId: 0, status: 2, warnings: 0, info: Buffer.alloc(0), change: undefined };

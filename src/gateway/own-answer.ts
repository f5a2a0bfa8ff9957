import { decodeTextRow, type Answer, type AnswerKind, type ErrorPacket, type Ok } from '../wire/index.js';

/** What the server said to a question of the gateway's own. */
export interface Told {
  readonly rows: readonly (readonly (string | null)[])[];
  readonly ok: Ok;
  readonly prepared: number | undefined;
}

/** An error of the server's, as what a promise of ours rejects with. */
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

/** The answer to a question of the gateway's own: none of it goes to a client. */
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
    // Whoever waits for it hears of it; a question that goes out with another may have nobody who waits.
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

  /** The connection is gone before it came. */
  lose(cause: unknown): void {
    this.#reject(cause);
  }
}

const NO_OK: Ok = { affectedRows: 0, insertId: 0, status: 2, warnings: 0, info: Buffer.alloc(0), change: undefined };

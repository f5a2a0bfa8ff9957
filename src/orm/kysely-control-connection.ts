import type { MysqlLease, MysqlPool } from '../api/index.js';
import type { KyselyCallback, KyselyStream } from './kysely-connection.js';

/** A connection outside the pool, for one statement of Kysely, such as KILL QUERY. @since 0.1.0 */
export class KyselyControlConnection {
  readonly #pool: MysqlPool;
  #lease: MysqlLease | undefined;
  #isDestroyed = false;

  constructor(pool: MysqlPool) {
    this.#pool = pool;
  }

  get threadId(): number {
    return this.#lease?.connection.threadId ?? 0;
  }

  get config(): object {
    return this.#lease?.connection.config ?? {};
  }

  connect(tell: (error: unknown) => void = () => undefined): void {
    this.#pool.acquire().then(
      (lease) => {
        this.#lease = lease;
        if (this.#isDestroyed) lease.destroy();
        else tell(null);
      },
      (error: unknown) => tell(error),
    );
  }

  query(sql: string, parameters: unknown[], callback: KyselyCallback = () => undefined): KyselyStream {
    try {
      this.#lease!.connection.query(sql, parameters as never, callback as never);
    } catch (error) {
      callback(error, undefined as never);
    }
    return { stream: () => this.#lease!.stream(sql, parameters) as never };
  }

  destroy(): void {
    this.#isDestroyed = true;
    this.#lease?.destroy();
  }
}

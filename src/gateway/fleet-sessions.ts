import type { Fleet } from '../budget/index.js';
import type { Errands } from '../pool/index.js';
import { accountLimitIn, type Carried } from '../session/index.js';
import { Command } from '../wire/index.js';
import type { Backend } from './backend.js';
import { BackendCount } from './backend-count.js';

// The server ends a session that was silent for its `wait_timeout`, which is its lease. It is pinged when a third is over.
const SHARE = 3;
/** How often that is looked for, in parts of a lease. */
const LOOKS = 12;

/** What a fleet does not let a session have more of, by the server's name of it, in the server's unit. */
type Bounds = readonly (readonly [name: string, most: number])[];

/**
 * What a fleet wants of the sessions of an account: that the server ends them when it hears nothing of this process, and
 * that they are counted. Clients set `wait_timeout` as they like, and are told what they have set; the session has no
 * more than its lease.
 */
export class FleetSessions {
  readonly #fleet: Fleet;
  readonly #backends = new Set<Backend>();
  /** When those were pinged that have not answered yet. */
  readonly #pinged = new Map<Backend, number>();
  /** What a session's state says of what is bounded, as it was when the session was bounded last. */
  readonly #bounded = new WeakMap<Backend, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  attach(pool: Errands<Backend>): void {
    this.#fleet.countBy(new BackendCount(pool, (limit) => this.#fleet.told(limit)));
  }

  /** A session is open. @throws FleetLimitError when the account has no limit */
  async admit(backend: Backend): Promise<void> {
    const { rows } = await backend.ask("SELECT @@max_user_connections, SUBSTRING_INDEX(CURRENT_USER(), '@', 1)");
    const [limit, account] = rows[0]!;
    this.#fleet.admitted(Number(limit));
    backend.account = account ?? undefined;
    await this.bound(backend, backend.carried!);
    this.#watch(backend);
  }

  /** A session is new again. */
  wasReset(backend: Backend): Promise<void> | undefined {
    this.#bounded.delete(backend);
    return this.bound(backend, backend.carried!);
  }

  /** The server has refused a login. */
  refused(error: unknown): void {
    this.#fleet.refused(accountLimitIn(error));
  }

  /** Sees to it that a session whose state is `carried` has no more than the fleet bears. Undefined: it has not. */
  bound(backend: Backend, carried: Carried): Promise<void> | undefined {
    const bounds = this.#boundsFor(backend);
    const wanted = bounds.map(([name]) => carried.value(name) ?? '');
    const key = wanted.join(' ');
    if (this.#bounded.get(backend) === key) return undefined;
    this.#bounded.set(backend, key);
    const items = bounds.map(([name, most], index) => `${name} = ${within(most, Number(wanted[index]))}`);
    return backend.ask(`SET SESSION ${items.join(', ')}`).then(() => undefined);
  }

  #boundsFor({ kind }: Backend): Bounds {
    const { lease, statementLimit } = this.#fleet;
    const wait = ['wait_timeout', Math.max(1, Math.floor(lease / 1_000))] as const;
    if (statementLimit === undefined) return [wait];
    const time =
      kind === 'mysql'
        ? (['max_execution_time', statementLimit] as const)
        : (['max_statement_time', statementLimit / 1_000] as const);
    return [wait, time];
  }

  // ---- The server is to know that the process is alive ----

  #watch(backend: Backend): void {
    this.#backends.add(backend);
    backend.socket.once('close', () => this.#forget(backend));
    this.#timer ??= setInterval(() => this.#look(), this.#fleet.lease / LOOKS).unref();
  }

  #forget(backend: Backend): void {
    this.#backends.delete(backend);
    this.#pinged.delete(backend);
    if (this.#backends.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { lease } = this.#fleet;
    const now = performance.now();
    for (const backend of this.#backends) {
      const pingedAt = this.#pinged.get(backend);
      // By the server's own clock it is gone, or the server is.
      if (pingedAt !== undefined && now - pingedAt > lease)
        backend.lose(new Error('the server was silent for a lease'));
      else if (!backend.isBusy && !backend.isLost && now - backend.sentAt > lease / SHARE) this.#ping(backend, now);
    }
  }

  #ping(backend: Backend, now: number): void {
    const { sentAt } = backend;
    this.#pinged.set(backend, now);
    const over = (): void => void this.#pinged.delete(backend);
    void backend.command(undefined, Command.PING, 'simple').then(over, over);
    // That it is alive is known when it has answered, and not before: a ping is no use of it either.
    backend.sentAt = sentAt;
  }
}

/** 0 is no limit for statements, and what the server takes for none is not more than any. */
const within = (most: number, wanted: number): number => (wanted > 0 && wanted < most ? wanted : most);

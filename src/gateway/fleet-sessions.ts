import type { Fleet } from '../budget/index.js';
import type { Errands } from '../pool/index.js';
import { accountLimitIn, type Carried } from '../session/index.js';
import { Command } from '../wire/index.js';
import type { Backend } from './backend.js';
import { BackendCount } from './backend-count.js';

// The server ends a session after `wait_timeout` of silence, which a fleet sets to its lease. Pings follow after a
// third of it.
const SHARE = 3;
/** How often silent sessions are looked for within a lease. */
const LOOKS = 12;

/** Upper bounds on system variables, in the server's units. */
type Bounds = readonly (readonly [name: string, most: number])[];

/**
 * Makes an account's sessions fit for a fleet: the server counts them, and ends them when it hears nothing from this
 * process. Clients may set `wait_timeout` as they like, and are shown the value that they have set, but the session
 * never gets more than the fleet's lease.
 */
export class FleetSessions {
  readonly #fleet: Fleet;
  readonly #backends = new Set<Backend>();
  /** Backends with an unanswered ping, and when it was sent. */
  readonly #pinged = new Map<Backend, number>();
  /** The client's values of the bounded variables when the bounds were last applied to the session. */
  readonly #bounded = new WeakMap<Backend, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  attach(pool: Errands<Backend>): void {
    this.#fleet.countBy(new BackendCount(pool, (limit) => this.#fleet.told(limit)));
  }

  /**
   * Tells the fleet of a new session, and applies the bounds to it.
   * @throws FleetLimitError when the account has no limit
   */
  async admit(backend: Backend): Promise<void> {
    const { rows } = await backend.ask("SELECT @@max_user_connections, SUBSTRING_INDEX(CURRENT_USER(), '@', 1)");
    const [limit, account] = rows[0]!;
    this.#fleet.admitted(Number(limit));
    backend.account = account ?? undefined;
    await this.bound(backend, backend.carried!);
    this.#watch(backend);
  }

  /** Applies the bounds again after a reset. */
  wasReset(backend: Backend): Promise<void> | undefined {
    this.#bounded.delete(backend);
    return this.bound(backend, backend.carried!);
  }

  /** The server has refused a login. */
  refused(error: unknown): void {
    this.#fleet.refused(accountLimitIn(error));
  }

  /** Applies the bounds to a session whose state is `carried`. Returns undefined if nothing has to be done. */
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

  // ---- Pings, which tell the server that this process is alive ----

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
      // Without an answer for a whole lease, the server has ended the session by its own clock, or is gone itself.
      if (pingedAt !== undefined && now - pingedAt > lease)
        backend.lose(new Error('the server has not answered a ping within the lease of the fleet'));
      else if (!backend.isBusy && !backend.isLost && now - backend.sentAt > lease / SHARE) this.#ping(backend, now);
    }
  }

  #ping(backend: Backend, now: number): void {
    const { sentAt } = backend;
    this.#pinged.set(backend, now);
    const over = (): void => void this.#pinged.delete(backend);
    void backend.command(undefined, Command.PING, 'simple').then(over, over);
    // Neither a sign of life, which only the answer is, nor a use of the session: `sentAt` stays as it was.
    backend.sentAt = sentAt;
  }
}

/** The smaller of the two. 0 means no limit, for statements, and so does a value that is not a number. */
const within = (most: number, wanted: number): number => (wanted > 0 && wanted < most ? wanted : most);

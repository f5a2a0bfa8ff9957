import { fleetFor, MaxTotal, NestedPermits, type Fleet } from '../budget/index.js';
import type { GatewayReading } from '../metrics/gateway-of.js';
import { PoolOptionError, type Permits } from '../pool/index.js';
import { Capability, has, type Password } from '../wire/index.js';
import { Account } from './account.js';
import { GatewayOptionError } from './failures.js';
import type { ResolvedGatewayOptions } from './options.js';
import { addressOf } from './server.js';

/** What the accounts need of the gateway: passwords for logins, and what their clients do. */
export interface AccountKeeper {
  /** The password to log in to the server with. */
  password(user: string): Password | undefined;
  /** The server has refused a login with this password. */
  refused(user: string, password: Password): void;
  /** The server has accepted a login with this password. */
  confirmed(user: string, password: Password): void;
  /** The states of an account's clients, for metrics. */
  read(account: Account): GatewayReading;
}

/** The accounts of a gateway, and the limits on their sessions. */
export class Accounts {
  readonly #options: ResolvedGatewayOptions;
  readonly #keeper: AccountKeeper;
  readonly #total: MaxTotal;
  readonly #known = new Map<string, Account>();
  /** The limit over all accounts of one user. It is collected with the last of them. */
  readonly #limits = new WeakMap<Account, MaxTotal>();

  constructor(options: ResolvedGatewayOptions, keeper: AccountKeeper) {
    this.#options = options;
    this.#keeper = keeper;
    this.#total = new MaxTotal(options.maxTotal);
    checkFleet(options);
  }

  [Symbol.iterator](): IterableIterator<Account> {
    return this.#known.values();
  }

  /** The account of a user and of those capabilities that a login fixes for the session. */
  of(user: string, capabilities: number): Account {
    const findsRows = has(capabilities, Capability.FOUND_ROWS);
    const readsFiles = has(capabilities, Capability.LOCAL_FILES);
    const key = `${Number(findsRows)}${Number(readsFiles)}${user}`;
    let account = this.#known.get(key);
    if (account === undefined) {
      const { server, pool, trustRoutines, mode, logger, loginTimeout } = this.#options;
      const keeper = this.#keeper;
      const fleet = fleetFor('gateway', this.#options.fleet, `${user}@${addressOf(server)}`);
      const limit = this.#limitOf(user);
      account = new Account({
        user,
        findsRows,
        readsFiles,
        server,
        pool: { ...pool, name: this.#nameOf(user, findsRows, readsFiles) },
        permits: this.#permitsWithin(limit, mode === 'rotate' ? undefined : fleet),
        fleet,
        trustRoutines,
        isRotating: mode === 'rotate',
        loginTimeout,
        logger,
        password: () => keeper.password(user),
        refused: (password) => keeper.refused(user, password),
        confirmed: (password) => keeper.confirmed(user, password),
        read: (of) => keeper.read(of),
        neighbours: () => this.#sharing(user),
      });
      this.#known.set(key, account);
      this.#limits.set(account, limit);
    }
    return account;
  }

  /**
   * Drops an account to which nobody has logged in successfully: otherwise made-up user names would fill the memory.
   * @returns whether it was dropped
   */
  forgetUnproven(account: Account): boolean {
    if (account.openPool !== undefined || account.isAsked) return false;
    for (const [key, known] of this.#known) if (known === account) this.#known.delete(key);
    return true;
  }

  /** The accounts that share a limit with those of a user, these included. */
  *#sharing(user: string): Generator<Account> {
    const isShared = this.#options.maxTotal < Infinity;
    for (const account of this.#known.values()) if (isShared || account.user === user) yield account;
  }

  #nameOf(user: string, findsRows: boolean, readsFiles: boolean): string {
    const { server, pool } = this.#options;
    const name = `${pool.name === undefined ? '' : `${pool.name}.`}${user}@${addressOf(server)}`;
    const flags = [...(findsRows ? ['found rows'] : []), ...(readsFiles ? ['local files'] : [])];
    return flags.length === 0 ? name : `${name} (${flags.join(', ')})`;
  }

  /**
   * The limit on the sessions of one user, shared by the user's accounts; except in rotation, where each account opens
   * as many sessions as its limit allows, and would leave none to another.
   */
  #limitOf(user: string): MaxTotal {
    const isShared = this.#options.mode !== 'rotate';
    for (const account of this.#known.values())
      if (isShared && account.user === user) return this.#limits.get(account)!;
    return new MaxTotal(this.#options.pool.maxSize ?? 10);
  }

  /** Permits within the limits of the user, of the gateway (`maxTotal`), and of the fleet. */
  #permitsWithin(limit: MaxTotal, fleet: Fleet | undefined): Permits {
    const own = new NestedPermits(limit, this.#total);
    return fleet === undefined ? own : new NestedPermits(own, fleet);
  }
}

/**
 * Checks the fleet at the start, including the environment's, which would otherwise fail at the first login.
 * @throws GatewayOptionError
 */
function checkFleet({ fleet: given }: ResolvedGatewayOptions): void {
  try {
    const fleet = fleetFor('gateway', given, undefined);
    if (fleet?.slots === undefined) return;
  } catch (error) {
    if (error instanceof PoolOptionError) throw new GatewayOptionError(error.option, error.message);
    throw error;
  }
  const message = 'fleet: a gateway keeps to the limit of the account: cap "account"; "slots" is for pools of mysql2';
  throw new GatewayOptionError('fleet.cap', message);
}

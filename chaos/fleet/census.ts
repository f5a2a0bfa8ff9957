import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { OwnServer } from '#support/servers/index.js';
import type { Violations } from '../violations.js';
import { now } from './messages.js';

/** The interval (ms) at which the server is asked. */
const EVERY = 10;
/** How long (ms) after the limit was lowered there may still be more sessions, until loans that end late are closed. */
export const EXCESS_WITHIN = 8_000;

/**
 * How long (ms) a session must have been listed to be counted. A busy server frees the place of a session that has
 * ended, and admits another one, before it removes the first from its process list.
 */
export const LISTED_FOR = 100;

/** A session of the account, with the client's address. */
export interface Listed {
  readonly id: number;
  readonly address: string;
}

/** Sessions by address. */
type Counted = ReadonlyMap<string, number>;

/** Counts the account's sessions on the server continuously, and checks that there are never more than the limit. */
export class Census {
  readonly #violations: Violations;
  readonly #excessWithin: number;
  #limit: number;
  /** When the limit was lowered; for a while after that, there may be more sessions. */
  #loweredAt: number | undefined;
  #counted: Counted = new Map();
  /** When each session was first listed. */
  #listedAt: ReadonlyMap<number, number> = new Map();
  #isStopped = false;
  #done: Promise<void> = Promise.resolve();
  samples = 0;
  most = 0;

  /** @param excessWithin how long (ms) after the limit was lowered there may be more sessions */
  constructor(limit: number, violations: Violations, excessWithin = EXCESS_WITHIN) {
    this.#limit = limit;
    this.#excessWithin = excessWithin;
    this.#violations = violations;
  }

  get total(): number {
    return sum(this.#counted);
  }

  of(address: string): number {
    return this.#counted.get(address) ?? 0;
  }

  /** The limit changes. To be called before it is changed on the server. */
  limitIs(limit: number): void {
    if (limit < this.#limit) this.#loweredAt = now();
    this.#limit = limit;
  }

  see(sessions: readonly Listed[], at = now()): void {
    this.samples++;
    this.#counted = byAddress(sessions);
    this.#listedAt = new Map(sessions.map(({ id }) => [id, this.#listedAt.get(id) ?? at]));
    const counted = byAddress(sessions.filter(({ id }) => at - this.#listedAt.get(id)! >= LISTED_FOR));
    const total = sum(counted);
    this.most = Math.max(this.most, total);
    if (sessions.length <= this.#limit) this.#loweredAt = undefined;
    if (total <= this.#limit) return;
    if (this.#loweredAt !== undefined && at - this.#loweredAt < this.#excessWithin) return;
    const who = [...counted].map(([address, count]) => `${address}: ${count}`).join(', ');
    this.#violations.report('limit', `${total} sessions of ${this.#limit} (${who})`);
  }

  /** Begins to count on the server. */
  watch(server: OwnServer, user: string): void {
    this.#done = this.#ask(server, user);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#done;
  }

  async #ask(server: OwnServer, user: string): Promise<void> {
    let admin: Connection | undefined;
    while (!this.#isStopped) {
      const began = now();
      try {
        admin ??= await adminOf(server);
        this.see(await sessions(admin, user));
      } catch {
        // A server that is down has no sessions.
        admin?.destroy();
        admin = undefined;
        this.#counted = this.#listedAt = new Map();
      }
      await sleep(Math.max(1, EVERY - (now() - began)));
    }
    admin?.destroy();
  }
}

const sum = (counted: Counted): number => [...counted.values()].reduce((all, count) => all + count, 0);

async function adminOf({ host, port, adminUser, adminPassword }: OwnServer): Promise<Connection> {
  const admin = await createConnection({ host, port, user: adminUser, password: adminPassword });
  admin.on('error', () => undefined);
  return admin;
}

/**
 * The admitted sessions: the list also has logins in progress (Connect, or Busy in the state of a login) and refused
 * ones (Killed).
 */
async function sessions(admin: Connection, user: string): Promise<Listed[]> {
  const [rows] = await admin.query<RowDataPacket[]>(
    `SELECT ID AS id, HOST AS host FROM information_schema.PROCESSLIST
     WHERE USER = ? AND COMMAND NOT IN ('Connect', 'Killed') AND COALESCE(STATE, '') <> 'login'`,
    [user],
  );
  return rows.map(({ id, host }) => ({ id: Number(id), address: String(host).replace(/:\d+$/, '') }));
}

function byAddress(sessions: readonly Listed[]): Counted {
  const counted = new Map<string, number>();
  for (const { address } of sessions) counted.set(address, (counted.get(address) ?? 0) + 1);
  return counted;
}

import { setTimeout as sleep } from 'node:timers/promises';
import { createConnection, type Connection, type RowDataPacket } from 'mysql2/promise';
import type { OwnServer } from '#support/servers/index.js';
import type { Violations } from '../violations.js';
import { now } from './messages.js';

/** So often (ms) the server is asked. */
const EVERY = 10;
/** What came back late is closed by then, in ms, once the limit was lowered. */
export const EXCESS_WITHIN = 8_000;

/**
 * Since when (ms) a session must have been listed to be counted: a server without rest gives back the place of one that has
 * ended, and admits another in its place, before it takes it off its list.
 */
export const LISTED_FOR = 100;

/** A session of the account, with the address it comes from. */
export interface Listed {
  readonly id: number;
  readonly address: string;
}

/** Sessions by address. */
type Counted = ReadonlyMap<string, number>;

/** Counts the account's sessions all the time, as the server has let them in: never more than the limit. */
export class Census {
  readonly #violations: Violations;
  readonly #excessWithin: number;
  #limit: number;
  /** Since when there may be more than the limit, because it was lowered. */
  #loweredAt: number | undefined;
  #counted: Counted = new Map();
  /** Since when the server lists each session. */
  #listedAt: ReadonlyMap<number, number> = new Map();
  #isStopped = false;
  #done: Promise<void> = Promise.resolve();
  samples = 0;
  most = 0;

  /** @param excessWithin how long (ms) there may be more than a limit that was lowered */
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

  /** To be told before the server is. */
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

  /** Begins to ask the server. */
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

/** Logins that are being looked at and those that were refused are in the list as well, as Connect and Killed. */
async function sessions(admin: Connection, user: string): Promise<Listed[]> {
  const [rows] = await admin.query<RowDataPacket[]>(
    `SELECT ID AS id, HOST AS host FROM information_schema.PROCESSLIST
     WHERE USER = ? AND COMMAND NOT IN ('Connect', 'Killed')`,
    [user],
  );
  return rows.map(({ id, host }) => ({ id: Number(id), address: String(host).replace(/:\d+$/, '') }));
}

function byAddress(sessions: readonly Listed[]): Counted {
  const counted = new Map<string, number>();
  for (const { address } of sessions) counted.set(address, (counted.get(address) ?? 0) + 1);
  return counted;
}

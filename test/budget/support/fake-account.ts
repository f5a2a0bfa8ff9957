import { Pool, type Connector, type Lease, type Permits, type PoolOptions } from 'node-mysqlpool/pool';
import { Fleet, type Coordinator, type FleetOptions } from '#internal/budget/index.js';
import { resolveFleet } from '#internal/budget/fleet-options.js';
import { FakeClock } from '../../pool/support/fake-clock.js';

interface Session {
  readonly process: string;
}

/** One process of the fleet. */
export interface FleetProcess {
  readonly fleet: Fleet;
  readonly pools: readonly Pool<Session>[];
  readonly pool: Pool<Session>;
}

const TOO_MANY = 'User has exceeded the max_user_connections resource';

/** A fake server's account: it counts sessions and refuses logins beyond its limit. */
export class FakeAccount {
  readonly clock = new FakeClock();
  readonly sessions = new Set<Session>();
  limit: number;
  /** The time of each refused login. */
  readonly refused: number[] = [];
  /** How long (ms) a login takes, and how long the server counts a session that was closed. */
  loginTakes = 1;
  closedAfter = 0;
  /** Whether the server reports how many logins it has refused. */
  tellsRefusals = true;
  readonly random: () => number;
  /** How often the sessions were counted. */
  counts = 0;
  /** The names of processes that are cut off: nothing that they send arrives. */
  readonly #cutOff = new Set<string>();

  constructor(limit: number, random = evenly()) {
    this.limit = limit;
    this.random = random;
  }

  process(
    given: {
      readonly fleet?: FleetOptions;
      readonly coordinator?: Coordinator;
      readonly permits?: (fleet: Fleet) => Permits;
    },
    ...pools: PoolOptions[]
  ): FleetProcess {
    const { clock, random } = this;
    const fleet = new Fleet(resolveFleet(given.fleet ?? {})!, { coordinator: given.coordinator, clock, random });
    const now = (): ReturnType<Parameters<Fleet['countBy']>[0]['now']> => {
      this.counts++;
      // Without a session the process cannot query the server.
      if (this.#of(fleet) === 0 || this.#cutOff.has(fleet.id)) return Promise.resolve(undefined);
      fleet.told(this.limit);
      return Promise.resolve({
        sessions: this.sessions.size,
        refusals: this.tellsRefusals ? this.refused.length : undefined,
      });
    };
    fleet.countBy({ isOver: false, now });
    const permits = given.permits?.(fleet) ?? fleet;
    const made = (pools.length === 0 ? [{}] : pools).map(
      (options) =>
        new Pool<Session>(
          { connector: this.#connector(fleet), clock, random, permits },
          { acquireTimeout: Infinity, ...options },
        ),
    );
    return { fleet, pools: made, pool: made[0]! };
  }

  #connector(fleet: Fleet): Connector<Session> {
    const isFull = (error: unknown): boolean => (error as Error).message === TOO_MANY;
    return {
      open: async ({ signal }) => {
        await new Promise<void>((resolve) => void this.clock.setTimeout(resolve, this.loginTakes));
        if (this.#cutOff.has(fleet.id)) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        signal.throwIfAborted();
        if (this.sessions.size >= this.limit) {
          this.refused.push(this.clock.now());
          fleet.refused(this.limit);
          throw new Error(TOO_MANY);
        }
        const session: Session = { process: fleet.id };
        this.sessions.add(session);
        try {
          fleet.admitted(this.limit);
        } catch (error) {
          this.sessions.delete(session);
          throw error;
        }
        return session;
      },
      ping: () => Promise.resolve(),
      clean: () => undefined,
      close: () => Promise.resolve(),
      destroy: (session) => {
        if (this.#cutOff.has(fleet.id)) return;
        if (this.closedAfter === 0) this.sessions.delete(session);
        else this.clock.setTimeout(() => this.sessions.delete(session), this.closedAfter);
      },
      classify: (error) => (isFull(error) ? 'full' : 'fatal'),
    };
  }

  /** The process's host or network is down: the server ends its sessions after `lease` ms without a sign of life. */
  cutOff({ fleet }: FleetProcess, lease: number): void {
    this.#cutOff.add(fleet.id);
    this.clock.setTimeout(() => {
      for (const session of this.sessions) if (session.process === fleet.id) this.sessions.delete(session);
    }, lease);
  }

  /** How many sessions a process has. */
  of({ fleet }: FleetProcess): number {
    return this.#of(fleet);
  }

  #of({ id }: Fleet): number {
    let count = 0;
    for (const { process } of this.sessions) if (process === id) count++;
    return count;
  }
}

/** A deterministic, evenly distributed replacement for Math.random. */
function evenly(): () => number {
  let last = 0;
  return () => (last = (last + 0.618_033_988) % 1);
}

export type FleetLease = Lease<Session>;

import {
  Killer,
  serverWord,
  type KillableSession,
  type KillerTimer,
  type KillingLoan,
  type KillingSession,
  type KillingSessions,
} from '#internal/session/killer.js';

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Timers on a clock that advances on request. */
class Timers {
  now = 0;
  readonly set = new Set<{ readonly due: number; readonly fn: () => void }>();
  readonly after: KillerTimer = (fn, ms) => {
    const timer = { due: this.now + ms, fn };
    this.set.add(timer);
    return () => void this.set.delete(timer);
  };

  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      await settled();
      const next = [...this.set].toSorted((a, b) => a.due - b.due).find(({ due }) => due <= until);
      if (next === undefined) break;
      this.now = Math.max(this.now, next.due);
      this.set.delete(next);
      next.fn();
    }
    this.now = until;
  }
}

/** A fake server with sessions. It obeys a KILL at once, or only after several (`patience`). */
class FakeServer {
  readonly name: string;
  readonly running = new Set<number>();
  readonly said: string[] = [];
  /** How many KILLs it takes to end a session. */
  patience = 1;
  failure: Error | undefined;
  /** Whether it leaves every KILL unanswered. */
  isMute = false;

  constructor(name: string) {
    this.name = name;
  }

  session(id: number): KillingSession {
    return { id, server: this.name, run: (sql) => this.#run(sql) };
  }

  victim(id: number): KillableSession {
    this.running.add(id);
    return { id, server: this.name, isRunning: true };
  }

  async #run(sql: string): Promise<void> {
    this.said.push(sql);
    await Promise.resolve();
    if (this.isMute) return new Promise<void>(() => undefined);
    if (this.failure !== undefined) throw this.failure;
    const id = Number(/^KILL (?:QUERY )?(\d+)$/.exec(sql)![1]);
    if (!this.running.has(id)) throw Object.assign(new Error(`unknown thread ${id}`), { errno: 1094 });
    if (!sql.includes('QUERY') && this.said.filter((one) => one === sql).length >= this.patience) {
      this.running.delete(id);
    }
  }
}

interface Wish {
  suits(session: KillingSession): boolean;
  resolve(loan: KillingLoan): void;
  reject(error: unknown): void;
}

/** A fake pool's sessions: idle ones, and those that are offered while a borrower waits. */
class FakeSessions implements KillingSessions {
  size = 4;
  maxSize = 4;
  isClosing = false;
  idle: KillingSession[] = [];
  readonly wishes = new Set<Wish>();
  readonly returned: unknown[] = [];
  /** How many sessions were lent. */
  lent = 0;

  isTaken(by: number): boolean {
    return this.isFull && by >= this.size;
  }

  get isFull(): boolean {
    return this.size >= this.maxSize;
  }

  borrow(suits: Wish['suits'], signal: AbortSignal): Promise<KillingLoan> {
    const idle = this.idle.find((session) => suits(session));
    if (idle !== undefined) return Promise.resolve(this.#lend(idle));
    return new Promise((resolve, reject) => {
      const wish = { suits, resolve, reject };
      this.wishes.add(wish);
      signal.addEventListener('abort', () => this.wishes.delete(wish) && reject(signal.reason as Error));
    });
  }

  /** A session is released or was opened. Returns false if no waiter wanted it. */
  offer(session: KillingSession): boolean {
    for (const wish of this.wishes) {
      if (!wish.suits(session)) continue;
      this.wishes.delete(wish);
      wish.resolve(this.#lend(session));
      return true;
    }
    return false;
  }

  refuse(): void {
    for (const wish of this.wishes) wish.reject(new Error('none to be had'));
    this.wishes.clear();
  }

  #lend(session: KillingSession): KillingLoan {
    this.lent++;
    return { session, giveBack: (cause) => void this.returned.push(cause) };
  }
}

interface Scene {
  readonly a: FakeServer;
  readonly b: FakeServer;
  /** Server `a` after a restart. */
  readonly restarted: FakeServer;
  readonly sessions: FakeSessions;
  readonly timers: Timers;
  readonly killer: Killer;
  readonly stop: (victim: KillableSession, limit?: number) => void;
  readonly end: (victim: KillableSession) => void;
  /** The killer's reports about each session, in order. */
  readonly told: string[];
}

export function scene(): Scene {
  const sessions = new FakeSessions();
  const timers = new Timers();
  const killer = new Killer(sessions, timers.after);
  const told: string[] = [];
  return {
    a: new FakeServer(serverWord('a', '1')),
    b: new FakeServer(serverWord('b', '1')),
    restarted: new FakeServer(serverWord('a', '2')),
    sessions,
    timers,
    killer,
    told,
    stop: (victim, limit = 1_000) =>
      void killer.stop(victim, limit).then((isDone) => told.push(`${victim.id} ${isDone ? 'stopped' : 'not stopped'}`)),
    end: (victim) => {
      const place = killer.end(victim);
      if (place === undefined) told.push(`${victim.id} free at once`);
      else void place.then(() => told.push(`${victim.id} free`));
    },
  };
}

/** Sorts reports whose order does not matter. */
export const sorted = (texts: readonly string[]): string[] => texts.toSorted((a, b) => a.localeCompare(b));

import type { Timer } from './clock.js';
import type { Core } from './core.js';
import type { Dialler } from './dialler.js';
import { State, type Entry } from './entry.js';
import { stackOf } from './self-deadlock.js';
import type { Upkeep } from './upkeep.js';

// How often it looks, at the least; and how late a look must be to mean that the whole process stood still.
const LONGEST_ROUND = 5_000;
const SHORTEST_ROUND = 20;
const FROZEN = 1_000;

/**
 * Looks after the connections nobody is using: idle time, lifetime, keepalive pings, the idle minimum; and reports
 * loans that are out for too long. One timer, which neither runs in an empty pool nor keeps the process alive.
 */
export class Housekeeper<C> {
  readonly #core: Core<C>;
  readonly #dialler: Dialler<C>;
  readonly #upkeep: Upkeep<C>;
  #timer: Timer | undefined;
  #due = 0;
  #lastRetirement = -Infinity;

  constructor(core: Core<C>, dialler: Dialler<C>, upkeep: Upkeep<C>) {
    this.#core = core;
    this.#dialler = dialler;
    this.#upkeep = upkeep;
  }

  start(): void {
    if (this.#timer !== undefined) return;
    const { clock, options } = this.#core;
    const { idleTimeout, keepaliveInterval, maxLifetime, leakThreshold } = options;
    const periods = [idleTimeout, keepaliveInterval, maxLifetime, leakThreshold].filter((ms) => ms > 0);
    const round = Math.max(SHORTEST_ROUND, Math.min(LONGEST_ROUND, ...periods.map((ms) => ms / 4)));
    this.#due = clock.now() + round;
    this.#timer = clock.setTimeout(() => this.#look(), round);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#core.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { clock, roster, options, state } = this.#core;
    const now = clock.now();
    this.#timer = undefined;
    if (state === 'closing' || state === 'closed') return;
    // After the process stood still, the server may have given up on all of them.
    if (now - this.#due > FROZEN) this.#upkeep.pingIdle();
    this.#retireOld(now);
    this.#retireIdle(now);
    for (const entry of roster.entries) {
      if (entry.state === State.idle) this.#keepAlive(entry, now);
      else if (entry.state === State.inUse) this.#reportLeak(entry, now);
    }
    this.#core.pump();
    if (roster.size > 0 || options.minIdle > 0) this.start();
  }

  /** Oldest first, and never below the minimum. */
  #retireIdle(now: number): void {
    const { roster, options } = this.#core;
    if (options.idleTimeout === 0) return;
    for (const entry of [...roster.idle]) {
      if (roster.count(State.idle) <= options.minIdle) return;
      if (now - entry.usedAt >= options.idleTimeout) this.#core.retire(entry, 'idle');
    }
  }

  /** One at a time, with a gap between, so that their replacements do not storm the server. */
  #retireOld(now: number): void {
    const { roster, options } = this.#core;
    const gap = options.maxLifetime / 4 / Math.max(roster.size, 1);
    for (const entry of roster.entries) {
      if (now < entry.retireAt || (entry.state !== State.idle && entry.state !== State.inUse)) continue;
      if (now < entry.expiresAt && now - this.#lastRetirement < gap) continue;
      const room = roster.size < options.maxSize;
      if (!entry.replaced && this.#inUseLately(entry, now)) {
        entry.replaced = true;
        this.#dialler.replacements++;
        // With room for one more, it goes on serving until its replacement is there: see the next look.
        if (room && now < entry.expiresAt) continue;
      }
      if (entry.state !== State.idle || (room && this.#dialler.replacements > 0 && now < entry.expiresAt)) continue;
      this.#lastRetirement = now;
      this.#core.retire(entry, 'lifetime');
    }
  }

  /** Whether somebody would miss it: one that only lies about need not be replaced. */
  #inUseLately(entry: Entry<C>, now: number): boolean {
    const { idleTimeout } = this.#core.options;
    return entry.state === State.inUse || idleTimeout === 0 || now - entry.usedAt < idleTimeout / 2;
  }

  #keepAlive(entry: Entry<C>, now: number): void {
    const { keepaliveInterval } = this.#core.options;
    const quietFor = now - Math.max(entry.aliveAt, entry.usedAt);
    if (keepaliveInterval > 0 && !entry.pending && quietFor >= keepaliveInterval) this.#upkeep.ping(entry);
  }

  #reportLeak(entry: Entry<C>, now: number): void {
    const { options, events } = this.#core;
    const held = now - entry.takenAt;
    if (options.leakThreshold === 0 || entry.leakReported || held < options.leakThreshold) return;
    entry.leakReported = true;
    if (!events.wants('leakSuspected')) return;
    events.emit('leakSuspected', { loan: entry.loan, connection: entry.id, held, takenAt: stackOf(entry.takenFrom) });
  }
}

import { recentOf } from './borrowers.js';
import { callSiteOf, stackOf } from './call-site.js';
import type { Timer } from './clock.js';
import type { Core } from './core.js';
import type { Dialler } from './dialler.js';
import { State, type Entry } from './entry.js';
import type { Upkeep } from './upkeep.js';

// How often it looks; and how late a look must be to mean that the whole process stood still.
const LONGEST_ROUND = 5_000;
const SHORTEST_ROUND = 20;
const FROZEN = 1_000;

/**
 * Looks after the connections nobody is using: idle time, lifetime, keepalive, the idle minimum; and reports loans that
 * are out for too long. One timer, which neither runs in an empty pool nor keeps the process alive.
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
    const { clock, options, state } = this.#core;
    if (this.#timer !== undefined || state === 'closing' || state === 'closed') return;
    const periods = [options.idleTimeout, options.keepaliveInterval, options.maxLifetime, options.leakThreshold];
    const shortest = Math.min(...periods.filter((ms) => ms > 0)) / 4;
    const round = Math.max(SHORTEST_ROUND, Math.min(LONGEST_ROUND, shortest));
    this.#due = clock.now() + round;
    (this.#timer = clock.setTimeout(() => this.#look(), round)).unref();
  }

  stop(): void {
    if (this.#timer !== undefined) this.#core.clock.clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #look(): void {
    const { clock, roster, options } = this.#core;
    const now = clock.now();
    this.#timer = undefined;
    // The server may have given up on all of them meanwhile.
    if (now - this.#due > FROZEN) this.#upkeep.pingIdle();
    for (const entry of [...roster.entries]) {
      if (now >= entry.retireAt) this.#replace(entry, now);
      if (entry.state === State.idle) this.#lookAtIdle(entry, now);
      else if (entry.loan > 0) this.#reportLeak(entry, now);
    }
    this.#dialler.refill = true;
    this.#core.pump();
    if (roster.size > 0 || options.minIdle > 0) this.start();
  }

  /** One at a time, or their replacements would storm the server; and where there is room, not before it is replaced. */
  #replace(entry: Entry<C>, now: number): void {
    const { roster, options } = this.#core;
    const gap = options.maxLifetime / 4 / roster.size;
    if (entry.replaced || (now < entry.expiresAt && now - this.#lastRetirement < gap)) return;
    this.#lastRetirement = now;
    entry.replaced = true;
    // One that only lies about need not be replaced.
    const missed = entry.loan > 0 || options.idleTimeout === 0 || now - entry.usedAt < options.idleTimeout / 2;
    if (missed && roster.size < options.maxSize && now < entry.expiresAt) this.#dialler.replacements++;
    else this.#expire(entry);
  }

  /** A connection has been opened: if it was to replace another, that one goes. */
  opened(): void {
    this.start();
    if (this.#dialler.replacements === 0) return;
    this.#dialler.replacements--;
    for (const entry of this.#core.roster.entries) {
      if (!entry.replaced || entry.expiresAt === 0) continue;
      this.#expire(entry);
      return;
    }
  }

  #expire(entry: Entry<C>): void {
    entry.expiresAt = 0;
    if (entry.state === State.idle) this.#core.retire(entry, 'lifetime');
  }

  #lookAtIdle(entry: Entry<C>, now: number): void {
    const { roster, options } = this.#core;
    const { idleTimeout, keepaliveInterval, minIdle } = options;
    if (idleTimeout > 0 && now - entry.usedAt >= idleTimeout && roster.idle.length > minIdle) {
      // The one that has lain there longest, whichever is looked at.
      this.#core.retire(roster.idle[0]!, 'idle');
    } else if (
      keepaliveInterval > 0 &&
      !entry.pending &&
      now - Math.max(entry.aliveAt, entry.usedAt) >= keepaliveInterval
    ) {
      this.#upkeep.ping(entry);
    }
  }

  #reportLeak(entry: Entry<C>, now: number): void {
    const { options, events } = this.#core;
    const held = now - entry.takenAt;
    if (options.leakThreshold === 0 || entry.leakReported || held < options.leakThreshold) return;
    entry.leakReported = true;
    if (!events.wants('leakSuspected')) return;
    const { loan, id, label, takenFrom } = entry;
    const recent = recentOf(this.#core.connector, entry.connection);
    const place = { callSite: callSiteOf(takenFrom), takenAt: stackOf(takenFrom) };
    events.emit('leakSuspected', { loan, connection: id, held, label, ...place, recent });
  }
}

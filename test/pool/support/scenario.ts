import assert from 'node:assert/strict';
import type { PoolOptions, ResizeOptions } from 'node-mysqlpool/pool';
import { FakeFailure } from './fake-connector.js';
import type { Outcome } from './outcome.js';
import { FakePool, type FakeLease, type Recorded } from './pool.js';
import type { Behaviour, Script } from './script.js';

/** How the server answers: after so many ms, never, or with a failure of some class. */
interface Answer {
  readonly after?: number;
  readonly hang?: boolean;
  readonly fail?: 'transient' | 'full' | 'fatal';
}

/** One operation. Borrowers are identified by a name, connections by their number. */
type Operation =
  | { readonly acquire: string; readonly timeout?: number }
  | { readonly release: string }
  | { readonly destroy: string }
  | { readonly detach: string }
  | { readonly replace: string }
  | { readonly abort: string }
  | { readonly wait: number }
  | { readonly stall: number }
  | { readonly open: Answer }
  | { readonly ping: Answer }
  | { readonly clean: Answer }
  | { readonly goodBye: Answer }
  | { readonly kill: number; readonly silent?: boolean }
  | { readonly resize: ResizeOptions }
  | { readonly close: number }
  | { readonly do: 'evict' | 'suspend' | 'resume' };

/**
 * A scenario as data. `events` have the form `ms event details`; `borrowers` is the final state of each borrower: its
 * connection, the code of its error, `waits` or `gave back`.
 */
export interface Scenario {
  readonly description: string;
  readonly options: PoolOptions;
  readonly operations: readonly Operation[];
  readonly ignore?: readonly string[];
  readonly events: readonly string[];
  readonly borrowers: Readonly<Record<string, number | string>>;
  readonly stats?: Readonly<Record<string, number>>;
}

const NAMES = [
  'opening', 'opened', 'openFailed', 'acquired', 'waiting', 'acquireFailed', 'released', 'cleaned', 'closed', 'evicted',
  'resized', 'suspended', 'resumed', 'leakSuspected', 'leakEnded', 'poolDraining', 'poolClosing', 'poolClosed',
] as const; // prettier-ignore

/** Plays a scenario with a fake clock and a fake server. */
export class Stage {
  readonly fake: FakePool;
  readonly events: string[] = [];
  readonly #scenario: Scenario;
  readonly #start: number;
  readonly #borrowers = new Map<string, { readonly asked: Outcome<FakeLease>; readonly controller: AbortController }>();

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.fake = new FakePool(scenario.options);
    this.#start = this.fake.clock.now();
    for (const name of NAMES) {
      if (scenario.ignore?.includes(name) === true) continue;
      this.fake.pool.on(name, (payload) => {
        const now = this.fake.clock.now() - this.#start;
        this.events.push([now, name, ...details({ event: name, ...payload } as Recorded)].join(' '));
      });
    }
  }

  async play(): Promise<void> {
    await this.fake.clock.advance(0);
    for (const operation of this.#scenario.operations) {
      this.#perform(operation);
      await this.fake.clock.advance('wait' in operation ? operation.wait : 0);
      this.fake.check();
    }
  }

  /** The state of each borrower. */
  get borrowers(): Record<string, number | string> {
    return Object.fromEntries([...this.#borrowers].map(([name, { asked }]) => [name, has(asked)]));
  }

  #perform(operation: Operation): void {
    const { pool, clock, connector } = this.fake;
    if ('acquire' in operation) this.#acquire(operation.acquire, operation.timeout);
    else if ('release' in operation) this.#lease(operation.release).release();
    else if ('destroy' in operation) this.#lease(operation.destroy).destroy();
    else if ('replace' in operation) this.#lease(operation.replace).invalidate({ soft: true });
    else if ('detach' in operation) connector.detached.add(this.#lease(operation.detach).detach());
    else if ('abort' in operation) this.#borrowers.get(operation.abort)!.controller.abort({ code: 'aborted' });
    else if ('stall' in operation) clock.blocked(operation.stall);
    else if ('open' in operation) answer(connector.opening, operation.open);
    else if ('ping' in operation) answer(connector.pinging, operation.ping);
    else if ('goodBye' in operation) answer(connector.closing, operation.goodBye);
    else if ('clean' in operation) {
      connector.dirty = true;
      answer(connector.cleaning, operation.clean);
    } else if ('kill' in operation) {
      connector.kill(connector.opened.get(operation.kill)!, { silent: operation.silent === true });
    } else if ('resize' in operation) pool.resize(operation.resize);
    else if ('close' in operation) void pool.close({ timeout: operation.close });
    else if ('do' in operation) pool[operation.do]();
    else assert.ok('wait' in operation, `unknown operation ${JSON.stringify(operation)}`);
  }

  #acquire(name: string, timeout: number | undefined): void {
    const controller = new AbortController();
    const asked = this.fake.ask({ signal: controller.signal, timeout });
    assert.ok(!this.#borrowers.has(name), `${name} has borrowed before`);
    this.#borrowers.set(name, { asked, controller });
  }

  #lease(name: string): FakeLease {
    return this.#borrowers.get(name)!.asked.value;
  }
}

function answer(script: Script, { fail, ...rest }: Answer): void {
  const behaviour: Behaviour = rest;
  script.usual = fail === undefined ? behaviour : { ...behaviour, fail: new FakeFailure(fail, fail) };
}

function has(asked: Outcome<FakeLease>): number | string {
  if (asked.state === 'pending') return 'waits';
  if (asked.state === 'rejected') return asked.error.code ?? asked.error.message;
  return asked.value.active ? asked.value.connection.id : 'gave back';
}

function details(event: Recorded): (number | string)[] {
  switch (event.event) {
    case 'opening':
    case 'opened':
    case 'openFailed':
    case 'acquired':
    case 'released':
    case 'cleaned':
    case 'leakSuspected':
    case 'leakEnded':
      return [event.connection];
    case 'closed':
      return [event.connection, event.reason];
    case 'waiting':
      return [event.waiters];
    case 'acquireFailed':
      return [(event.error as { readonly code: string }).code];
    case 'evicted':
      return [event.generation];
    case 'resized':
      return [event.maxSize];
    case 'poolOpened':
    case 'suspended':
    case 'resumed':
    case 'poolDraining':
    case 'poolClosing':
    case 'poolClosed':
      return [];
  }
}

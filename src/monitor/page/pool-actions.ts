import type { PoolAction } from '../report.js';
import type { Announcer } from './announcer.js';
import { confirmed } from './confirm-dialog.js';
import { el, show } from './dom.js';
import type { KnownPool } from './known-pools.js';
import { addressOf, authorization } from './token.js';

interface Wording {
  readonly button: string;
  readonly question: (name: string) => string;
  readonly effect: string;
  readonly done: (name: string) => string;
}

const WORDING: Readonly<Record<PoolAction, Wording>> = {
  evict: {
    button: 'Evict',
    question: (name) => `Evict the connections of ${name}?`,
    effect: 'Idle connections are closed now, lent ones when they come back. New ones are opened as they are needed.',
    done: (name) => `${name}: connections evicted`,
  },
  suspend: {
    button: 'Suspend',
    question: (name) => `Suspend ${name}?`,
    effect: 'It lends nothing until it is resumed: callers wait, or time out. Loans that are out stay out.',
    done: (name) => `${name}: suspended`,
  },
  resume: {
    button: 'Resume',
    question: (name) => `Resume ${name}?`,
    effect: 'It lends connections again, first to those who wait.',
    done: (name) => `${name}: resumed`,
  },
};

/** Buttons for the actions on a pool that the monitor allows. Each asks for confirmation, and announces the result. */
export class PoolActions {
  readonly root: HTMLElement = el('div', { class: 'actions', role: 'group', 'aria-label': 'Actions' });
  readonly #token: string | undefined;
  readonly #announcer: Announcer;
  readonly #buttons = new Map<PoolAction, HTMLButtonElement>();
  #pool: KnownPool | undefined;

  constructor(token: string | undefined, announcer: Announcer) {
    this.#token = token;
    this.#announcer = announcer;
    for (const [action, { button: text }] of Object.entries(WORDING) as [PoolAction, Wording][]) {
      const button = el('button', { type: 'button' }, text);
      button.addEventListener('click', () => void this.#ask(action));
      this.#buttons.set(action, button);
      this.root.append(button);
    }
  }

  update(pool: KnownPool, allows: readonly PoolAction[]): void {
    this.#pool = pool;
    const { state } = pool.report.stats;
    const fits = { evict: true, suspend: state === 'open', resume: state === 'suspended' };
    for (const [action, button] of this.#buttons) show(button, allows.includes(action) && fits[action]);
    show(
      this.root,
      [...this.#buttons.values()].some((button) => !button.hidden),
    );
  }

  async #ask(action: PoolAction): Promise<void> {
    const pool = this.#pool;
    if (pool === undefined) return;
    const { name } = pool.report.stats;
    const { question, effect, button } = WORDING[action];
    if (await confirmed(question(name), effect, button)) await this.#act(action, pool);
  }

  async #act(action: PoolAction, { process, report }: KnownPool): Promise<void> {
    const { name } = report.stats;
    const path = `api/processes/${encodeURIComponent(process.id)}/pools/${report.id}/${action}`;
    try {
      const headers = authorization(this.#token);
      const answer = await fetch(addressOf(path), { method: 'POST', headers, signal: AbortSignal.timeout(10_000) });
      if (answer.ok) this.#announcer.say(WORDING[action].done(name));
      else this.#announcer.say(`${name}: ${action} failed (${answer.status}): ${reasonOf(await answer.text())}`, true);
    } catch (error) {
      this.#announcer.say(`${name}: ${action} failed: ${(error as Error).message}`, true);
    }
  }
}

/**
 * The reason in the body of a failed response. The monitor sends JSON with an `error`; a proxy in between may send
 * anything.
 */
function reasonOf(body: string): string {
  try {
    const { error } = JSON.parse(body) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // The body is no JSON: it is used as text.
  }
  return body.slice(0, 200);
}

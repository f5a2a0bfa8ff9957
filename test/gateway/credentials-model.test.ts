import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accessDenied, Password } from '#internal/wire/index.js';
import { fuzzing } from '../fuzz/support/weird.js';
import { Scene, turns } from './credentials-scene.js';

const RECHECK = 100;
const DENIED = accessDenied('app', 'x', true);
const PASSWORDS = ['a', 'b', 'c'];
const PLACES = ['here', 'there'];

type Step =
  | { readonly what: 'tell' | 'prove'; readonly password: string; readonly from: string }
  | { readonly what: 'answer' | 'break' }
  | { readonly what: 'change'; readonly password: string }
  | { readonly what: 'wait'; readonly ms: number };

const password = fc.constantFrom(...PASSWORDS);
const from = fc.constantFrom(...PLACES);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ what: fc.constantFrom('tell', 'prove'), password, from }) },
  { weight: 4, arbitrary: fc.constant<Step>({ what: 'answer' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ what: 'break' }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('change'), password }) },
  { weight: 2, arbitrary: fc.record({ what: fc.constant('wait'), ms: fc.constantFrom(1, 10, 60, 150) }) },
);

/** A server whose password changes, and which logins a gateway in front of it may accept. */
class Model {
  readonly scene = new Scene({ recheckAfter: RECHECK, refusedFor: 20 });
  /** The server's present password, and until when each earlier one was valid. */
  #current = 'a';
  readonly #until = new Map<string, number>();
  #open = 0;

  /**
   * Whether the server would have accepted the password within the time for which the gateway may rely on its answer.
   */
  #wasRight(candidate: string): boolean {
    const until = candidate === this.#current ? Infinity : (this.#until.get(candidate) ?? -Infinity);
    return until >= this.scene.now - RECHECK;
  }

  async run(step: Step): Promise<void> {
    switch (step.what) {
      case 'wait':
        this.scene.now += step.ms;
        return;
      case 'change':
        if (step.password === this.#current) return;
        this.#until.set(this.#current, this.scene.now);
        this.#current = step.password;
        return;
      case 'answer':
      case 'break': {
        await turns();
        if (this.scene.waiting === 0) return;
        const asked = this.scene.asked[this.#open++];
        const verdict = asked === this.#current ? undefined : DENIED;
        return this.scene.answer(step.what === 'break' ? new Error('broken') : verdict);
      }
      case 'tell':
        return this.#follow(step.password, this.scene.check(step.password, step.from));
      case 'prove':
        const proven = this.scene.proven(step.password, step.from);
        if (proven !== undefined) return this.#follow(step.password, this.scene.check(proven, step.from));
    }
  }

  /** Checks that a login succeeds only with a password that the server accepts, or accepted a short time ago. */
  async #follow(candidate: string, login: Promise<unknown>): Promise<void> {
    this.pending.push(
      login.then(
        (refusal) => {
          if (refusal === undefined) assert.ok(this.#wasRight(candidate), `let in with ${candidate}`);
          else assert.equal(refusal, DENIED);
        },
        (error: Error) => assert.equal(error.message, 'broken'),
      ),
    );
    await turns();
  }

  readonly pending: Promise<void>[] = [];
}

describe('credentials, whatever comes in whatever order', () => {
  it('let nobody in whom the server would not, ask it one thing at a time, and leave nobody waiting', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { maxLength: 40 }), async (program) => {
        const model = new Model();
        for (const step of program) await model.run(step);
        for (let left = 0; left < 50; left++) await model.run({ what: 'answer' });
        await Promise.all(model.pending);
        assert.ok(model.scene.most <= 1);
        assert.equal(model.scene.waiting, 0);
        // A client with the right password is accepted.
        const now = model.scene.credentials.check('app', Password.of('z'), () => Promise.resolve(undefined));
        assert.equal(await now, undefined);
      }),
      fuzzing(),
    );
  });
});

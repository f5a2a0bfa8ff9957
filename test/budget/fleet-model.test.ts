import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { explore, type Design } from './fleet-model/explore.js';
import { leases, type LeaseDesign } from './fleet-model/lease-designs.js';
import { slots, type SlotDesign } from './fleet-model/slot-designs.js';

const lease = (given: Partial<LeaseDesign> = {}): Design<unknown> =>
  leases({ processes: 2, limit: 2, reaps: false, accountCap: false, ...given }) as Design<unknown>;
const slot = (given: Partial<SlotDesign> = {}): Design<unknown> =>
  slots({ processes: 2, limit: 2, claimsAgain: true, ...given }) as Design<unknown>;

function holds(t: TestContext, design: Design<unknown>): void {
  const { states, counterexample } = explore(design);
  assert.equal(counterexample, undefined, counterexample?.join('\n'));
  t.diagnostic(`holds in all of ${states} states`);
}

function isViolated(t: TestContext, design: Design<unknown>, last: RegExp): readonly string[] {
  const { states, counterexample } = explore(design);
  assert.ok(counterexample !== undefined, `found sound in all of ${states} states`);
  t.diagnostic(`violated after ${counterexample.length - 1} steps: ${counterexample.join('; ')}`);
  assert.match(counterexample.at(-1)!, last);
  return counterexample;
}

describe('a limit for a fleet, in every state that can be reached', () => {
  for (const processes of [2, 3]) {
    it(`is held by the account's limit, whatever a coordinator believes: ${processes} processes`, (t) => {
      holds(t, lease({ processes, accountCap: true }));
      holds(t, lease({ processes, accountCap: true, reaps: true }));
    });

    it(`is held by slots that the sessions themselves own: ${processes} processes`, (t) =>
      holds(t, slot({ processes })));
  }

  it('is not held by leases that lapse', (t) => {
    const steps = isViolated(t, lease(), /^the server has 3 sessions, the limit is 2$/);
    assert.ok(steps.some((step) => step.endsWith('freezes')));
  });

  it('is not held by a reaper either: a login that was under way is admitted after it', (t) => {
    const steps = isViolated(t, lease({ reaps: true }), /^the server has 3 sessions, the limit is 2$/);
    const reaped = steps.findIndex((step) => /is reaped/.test(step));
    const name = /process \d/.exec(steps[reaped]!)![0];
    assert.ok(steps.indexOf(`the server admits ${name}`, reaped) > reaped);
  });

  it('is not held by slots that nobody takes again after a reset', (t) => {
    const steps = isViolated(t, slot({ claimsAgain: false }), /^3 sessions are usable, the limit is 2$/);
    assert.ok(steps.some((step) => step.endsWith('resets a session')));
  });

  it('has 3 sessions on the server with slots for 2: the bound counts those that ask', (t) => {
    const design = slot();
    const strict: Design<unknown> = {
      ...design,
      steps: (state) => design.steps(state),
      violation: (state) => {
        const raw = (state as { sessions: unknown[] }[]).reduce((total, { sessions }) => total + sessions.length, 0);
        return raw > 2 ? `the server has ${raw} sessions` : undefined;
      },
    };
    isViolated(t, strict, /^the server has 3 sessions$/);
  });
});

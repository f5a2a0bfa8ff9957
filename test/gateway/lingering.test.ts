/** How long a client may linger on a backend, for diagnostics it may ask for, while other clients wait. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { Account, type AccountOptions } from '#internal/gateway/account.js';

const UNUSED = {
  user: 'somebody',
  findsRows: false,
  readsFiles: false,
  server: { host: '127.0.0.1', port: 1 },
  pool: {},
  trustRoutines: false,
  isRotating: false,
  loginTimeout: 1,
  logger: undefined,
  fleet: undefined,
} as const;

/** An account without idle sessions, and a client that lingers on its backend for its warnings. */
function scene(t: TestContext): { account: Account; given: () => number } {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const account: Account = new Account({ ...UNUSED, neighbours: () => [account] } as unknown as AccountOptions);
  let given = 0;
  account.linger({ isExpectant: true, giveBack: () => void given++ });
  return { account, given: () => given };
}

it('a client that may ask for its warnings gives its backend back when somebody has waited for a while', (t) => {
  const { account, given } = scene(t);
  account.asked = 1;
  account.hurry();
  t.mock.timers.tick(19);
  assert.equal(given(), 0);
  t.mock.timers.tick(1);
  assert.equal(given(), 1);
});

it('and keeps it when whoever waited has had another meanwhile', (t) => {
  const { account, given } = scene(t);
  account.asked = 1;
  account.hurry();
  account.asked = 0;
  t.mock.timers.tick(1_000);
  assert.equal(given(), 0);
  account.asked = 1;
  account.hurry();
  t.mock.timers.tick(20);
  assert.equal(given(), 1, 'the next one is waited for anew');
});

it('and gives it back to who stands in no line: a KILL', (t) => {
  const { account, given } = scene(t);
  account.hurry(true);
  t.mock.timers.tick(20);
  assert.equal(given(), 1);
  account.hurry();
  t.mock.timers.tick(20);
  assert.equal(given(), 1, 'and is not asked for another');
});

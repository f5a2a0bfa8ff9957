import { FakeFailure } from './fake-connector.js';
import type { DialMood, WorkMood } from './model-operations.js';
import type { Behaviour } from './script.js';

/** How the fake server behaves in each mood. */
export const DIALS: Record<DialMood, Behaviour> = {
  ok: {},
  slow: { after: 20 },
  refused: { after: 1, fail: new FakeFailure('refused') },
  full: { after: 1, fail: new FakeFailure('too many connections', 'full') },
  fatal: { after: 1, fail: new FakeFailure('wrong password', 'fatal') },
  hang: { hang: true },
  deaf: { after: 15_000 },
};

export const WORK: Record<WorkMood, Behaviour> = {
  ok: {},
  slow: { after: 20 },
  fail: { after: 1, fail: new FakeFailure('no') },
  hang: { hang: true },
};

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { misfitsOf, type LimitedOptions, type ServerLimits } from '#internal/session/index.js';

const LIMITS: ServerLimits = { waitTimeout: 60, maxConnections: 151, maxUserConnections: 0 };
const FITTING: LimitedOptions = { maxSize: 10, idleTimeout: 50_000, keepaliveInterval: 20_000, maxLifetime: 60_000 };

/** What is changed, and what does not fit then: option, limit, and what is used instead. */
const ROWS: readonly (readonly [
  change: Partial<LimitedOptions & ServerLimits>,
  ...misfits: (readonly [option: string, limit: number, instead?: number])[],
])[] = [
  [{}],
  [{ idleTimeout: 59_999 }],
  [{ idleTimeout: 60_000 }, ['idleTimeout', 60_000, 54_000]],
  [{ idleTimeout: 0, keepaliveInterval: 0 }, ['idleTimeout', 60_000, 54_000]],
  // Pings keep them awake.
  [{ idleTimeout: 0 }],
  [{ keepaliveInterval: 30_000 }],
  [{ keepaliveInterval: 30_001 }, ['keepaliveInterval', 60_000, 30_000]],
  [{ keepaliveInterval: 0 }],
  [{ maxLifetime: 60_001 }, ['maxLifetime', 60_000]],
  [{ maxLifetime: 0 }, ['maxLifetime', 60_000]],
  [{ maxSize: 151 }],
  [{ maxSize: 152 }, ['maxSize', 151]],
  [{ maxSize: Infinity }, ['maxSize', 151]],
  [{ maxUserConnections: 10 }],
  [{ maxUserConnections: 9 }, ['maxSize', 9]],
  [{ maxSize: 200, maxUserConnections: 9 }, ['maxSize', 151], ['maxSize', 9]],
  // What the server does not tell, or has none of, is no limit.
  [{ idleTimeout: 0, keepaliveInterval: 0, waitTimeout: 0 }],
  [{ idleTimeout: 0, keepaliveInterval: 0, waitTimeout: undefined }],
  [{ maxSize: 200, maxConnections: undefined }],
];

/** Whose limit each of these is. */
const VARIABLES: ReadonlyMap<number, string> = new Map([
  [60_000, 'wait_timeout'],
  [151, 'max_connections'],
  [9, 'max_user_connections'],
]);

for (const [change, ...expected] of ROWS) {
  it(`what does not fit a server: ${JSON.stringify(change, (_, value: unknown) => (value === undefined ? null : value))}`, () => {
    const found = misfitsOf({ ...LIMITS, ...change }, { ...FITTING, ...change });
    assert.deepEqual(
      found.map(({ option, limit, instead }) => [option, limit, instead]),
      expected.map(([option, limit, instead]) => [option, limit, instead]),
    );
    for (const { limit, variable } of found) assert.equal(variable, VARIABLES.get(limit));
    assert.ok(found.every(({ option, isHarmless }) => isHarmless === (option === 'maxLifetime')));
  });
}

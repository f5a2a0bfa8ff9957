import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { afterFailure, isBroken, NO_FAILURE, withoutPause, type Backoff } from '#internal/pool/backoff.js';

const fail = (before: Backoff, now: number, changes: object = {}): Backoff =>
  afterFailure(before, { now, took: 1, kind: 'transient', error: 'down', dice: 0.999_999, ...changes });

/** The state after successive failures at these times. */
const row = (...times: number[]): Backoff => times.reduce((before, now) => fail(before, now), NO_FAILURE);

const pause = ({ retryAt, last }: Backoff): number => Math.round(retryAt - last);
const awaited = ({ awaitedAt, last }: Backoff): number => Math.round(awaitedAt - last);

describe('back-off', () => {
  it('doubles its longest pause with every failure in a row, up to 5 s', () => {
    const pauses = [1, 2, 3, 4, 5, 6, 7].map((count) => pause(row(...Array.from({ length: count }, (_, i) => i))));
    assert.deepEqual(pauses, [200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('takes a random part of it, down to none', () => {
    assert.equal(pause(fail(NO_FAILURE, 0, { dice: 0 })), 0);
    assert.equal(pause(fail(NO_FAILURE, 0, { dice: 0.5 })), 100);
  });

  const full = (before: Backoff, now: number): Backoff => fail(before, now, { kind: 'full' });

  it('asks a server that is full once a second', () => {
    assert.equal(pause([1, 2, 3, 4, 5, 6].reduce(full, NO_FAILURE)), 1_000);
  });

  it('begins a new row when a server that was full cannot be reached, and when it answers again', () => {
    const before = [0, 1_000, 2_000, 3_000, 4_000, 5_000].reduce(full, NO_FAILURE);
    const lost = fail(before, 6_000);
    assert.deepEqual([lost.failures, lost.since, pause(lost), isBroken(lost, 6_000)], [1, 6_000, 200, false]);
    const back = full(row(0, 1_000, 2_000, 3_000, 5_000), 6_000);
    assert.deepEqual([back.failures, back.since, isBroken(back, 6_000)], [1, 6_000, false]);
  });

  it('waits for somebody no longer than 0.75 s from one dial to the next, the dial itself included', () => {
    assert.equal(awaited(row(1, 2, 3, 4, 5)), 749);
    assert.equal(awaited(fail(row(1, 2, 3, 4), 5, { took: 300 })), 450);
    assert.equal(awaited(fail(row(1, 2, 3, 4), 5, { took: 2_000 })), 0);
    assert.equal(awaited(fail(row(1, 2, 3, 4), 5, { kind: 'fatal' })), 3_200, 'what cannot be mended is not hurried');
  });

  it('is broken after 5 failures over 5 s, neither fewer nor sooner', () => {
    const table = [
      [[0, 1_000, 2_000, 3_000, 5_000], 5_000, true],
      [[0, 1_000, 2_000, 3_000, 4_999], 4_999, false],
      [[0, 1_000, 2_000, 3_000, 4_000], 5_000, true],
      [[0, 1_000, 2_000, 5_000], 5_000, false],
    ] as const;
    for (const [times, now, broken] of table) assert.equal(isBroken(row(...times), now), broken, times.join());
  });

  it('knows the first and the last failure of the row', () => {
    const { since, last, failures, error, kind } = row(3, 7, 9);
    assert.deepEqual({ since, last, failures, error, kind }, { since: 3, last: 9, failures: 3, error: 'down', kind: 'transient' }); // prettier-ignore
  });

  it('forgets its pause when asked to, and not what failed', () => {
    const { retryAt, awaitedAt, failures, error } = withoutPause(row(3, 7));
    assert.deepEqual({ retryAt, awaitedAt, failures, error }, { retryAt: 0, awaitedAt: 0, failures: 2, error: 'down' });
  });
});

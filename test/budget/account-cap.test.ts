import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AccountCap } from '#internal/budget/account-cap.js';

describe('the logins of a full account', () => {
  it('may all be tried while the server admits', () => {
    const cap = new AccountCap();
    assert.equal(cap.isFull, false);
    for (let i = 0; i < 3; i++) {
      assert.equal(cap.pause(0, true), 0);
      cap.began();
    }
  });

  it('are tried one by one after a refusal, each after a random pause whose longest doubles from 40 to 320 ms', () => {
    const cap = new AccountCap();
    let now = 0;
    for (const longest of [40, 80, 160, 320, 320, 320]) {
      cap.began();
      if (now > 0) assert.equal(cap.pause(now, true), Infinity, 'one is under way');
      cap.refused(now, 1);
      assert.equal(cap.pause(now, true), longest);
      now += longest;
      assert.equal(cap.pause(now, true), 0);
    }
    cap.began();
    cap.refused(now, 0);
    assert.equal(cap.pause(now, true), 5, 'never at once');
  });

  it('wait two seconds when nobody needs them', () => {
    const cap = new AccountCap();
    cap.refused(100, 0.5);
    assert.equal(cap.pause(100, false), 2_000);
    assert.equal(cap.pause(2_099, false), 1);
    assert.equal(cap.pause(2_100, false), 0);
  });

  it('are free again once the server has let somebody in', () => {
    const cap = new AccountCap();
    for (let i = 0; i < 5; i++) cap.refused(0, 1);
    cap.began();
    cap.admitted();
    assert.deepEqual([cap.isFull, cap.pause(0, true)], [false, 0]);
    cap.refused(0, 1);
    assert.equal(cap.pause(0, true), 10, 'the pauses begin anew, as there was room a moment ago');
  });

  it('are few after one was given up for others, then many, and at no time more than seven a second since then', () => {
    const cap = new AccountCap();
    cap.gaveUp(1_000);
    const longest = (at: number): number => {
      cap.refused(1_000 + at, 1);
      return Math.round(cap.pause(1_000 + at, true));
    };
    for (let i = 0; i < 6; i++) cap.refused(1_000, 1);
    assert.deepEqual([0, 1_000, 2_000, 3_000, 5_999, 6_000].map(longest), [1_280, 960, 640, 320, 180, 320]);
    // With the dice in the middle, as on average.
    let [now, tries] = [1_000, 0];
    while (now < 31_000) {
      cap.refused(now, 0.5);
      now += cap.pause(now, true);
      tries++;
      assert.ok(tries <= 1 + (7 * (now - 1_000)) / 1_000, `${tries} in ${now - 1_000} ms`);
    }
  });

  it('go on after an attempt that has told nothing', () => {
    const cap = new AccountCap();
    cap.refused(0, 1);
    cap.began();
    cap.ended();
    assert.equal(cap.pause(40, true), 0);
    assert.equal(cap.isFull, true);
  });

  it('are tried at once, one at a time, when there should be room', () => {
    const cap = new AccountCap();
    for (let i = 0; i < 6; i++) cap.refused(0, 1);
    cap.roomMade(3);
    assert.equal(cap.pause(3, true), 0);
    cap.began();
    assert.equal(cap.pause(3, true), Infinity);
    cap.refused(4, 1);
    assert.equal(cap.pause(4, true), 10, 'the pauses begin anew');
  });
});

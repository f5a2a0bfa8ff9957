/** KILL that gets no answer: what it may cost the callers. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANSWER_WITHIN, REMEMBER } from '#internal/session/killer.js';
import { FIRST_REST, LONG_REST } from '#internal/session/silent-servers.js';
import { scene, sorted } from './support/killing.js';

type Scene = ReturnType<typeof scene>;

/** Leaves so many KILLs in a row unanswered, each over a session of its own. */
async function leaveUnanswered({ a, sessions, timers, end }: Scene, times: number): Promise<void> {
  a.isMute = true;
  sessions.maxSize = 5;
  end(a.victim(70));
  for (let n = 0; n < times; n++) {
    if (n > 0) await timers.pass(FIRST_REST);
    assert.equal(sessions.offer(a.session(n + 1)), true);
    await timers.pass(ANSWER_WITHIN);
    assert.equal(sessions.returned.length, n + 1);
  }
}

describe('a server that leaves a KILL unanswered', () => {
  it('has the session given up, whose place is free at once and which is not killed in turn', async () => {
    const at = scene();
    const { a, sessions, timers, told, end } = at;
    await leaveUnanswered(at, 1);
    assert.match(String(sessions.returned[0]), /not answered/);
    end(a.victim(1));
    await timers.pass(0);
    assert.deepEqual(told, ['1 free at once']);
    a.isMute = false;
    await timers.pass(FIRST_REST);
    sessions.offer(a.session(2));
    await timers.pass(10);
    assert.deepEqual(told, ['1 free at once', '70 free']);
    assert.deepEqual(a.said, ['KILL 70', 'KILL 70', 'KILL 70']);
  });

  it('is left alone for a second, in which no session is wanted and places are kept', async () => {
    const at = scene();
    const { a, sessions, timers, told, stop, end } = at;
    await leaveUnanswered(at, 1);
    end(a.victim(71));
    stop(a.victim(72));
    await timers.pass(FIRST_REST - 1);
    assert.deepEqual([sessions.wishes.size, told], [0, ['72 not stopped']]);
    await timers.pass(1);
    assert.deepEqual([sessions.wishes.size, told], [1, ['72 not stopped']]);
  });

  it('is silent after the second one: no place is kept, and no session is wanted for long', async () => {
    const at = scene();
    const { a, sessions, timers, told, stop, end } = at;
    await leaveUnanswered(at, 2);
    end(a.victim(71));
    stop(a.victim(72), 60_000);
    await timers.pass(0);
    assert.deepEqual(sorted(told), ['70 free', '71 free', '72 not stopped']);
    await timers.pass(LONG_REST - 2);
    end(a.victim(73));
    await timers.pass(1);
    assert.deepEqual([sessions.wishes.size, sessions.lent, told.at(-1)], [0, 2, '73 free']);
  });

  it('is tried once more then, for what came last, and is silent again', async () => {
    const at = scene();
    const { a, sessions, timers, told, end } = at;
    await leaveUnanswered(at, 2);
    await timers.pass(LONG_REST - 1);
    end(a.victim(71));
    await timers.pass(1);
    end(a.victim(72));
    await timers.pass(0);
    assert.equal(told.at(-1), '71 free');
    assert.equal(sessions.offer(a.session(3)), true);
    await timers.pass(ANSWER_WITHIN);
    assert.deepEqual([told.at(-1), a.said.length], ['72 free', 3]);
    await timers.pass(LONG_REST - 1);
    assert.equal(sessions.wishes.size, 0);
    await timers.pass(REMEMBER);
    assert.deepEqual([at.killer.size, sessions.wishes.size, timers.set.size], [0, 0, 0]);
  });

  it('is as any other once it has answered', async () => {
    const at = scene();
    const { a, sessions, timers, told, end } = at;
    await leaveUnanswered(at, 1);
    a.isMute = false;
    await timers.pass(FIRST_REST);
    sessions.offer(a.session(2));
    await timers.pass(10);
    a.isMute = true;
    end(a.victim(71));
    sessions.offer(a.session(3));
    await timers.pass(ANSWER_WITHIN);
    assert.deepEqual([told, sessions.wishes.size], [['70 free'], 0]);
    await timers.pass(FIRST_REST);
    assert.deepEqual([told, sessions.wishes.size], [['70 free'], 1]);
  });

  it('keeps nobody on another server waiting', async () => {
    const at = scene();
    const { a, b, sessions, timers, told, stop } = at;
    await leaveUnanswered(at, 1);
    stop(b.victim(7));
    assert.equal(sessions.offer(a.session(2)), false);
    assert.equal(sessions.offer(b.session(1)), true);
    await timers.pass(10);
    assert.deepEqual([told, sessions.wishes.size], [['7 stopped'], 0]);
    stop(b.victim(8), 100);
    await timers.pass(0);
    assert.equal(sessions.wishes.size, 1);
    await timers.pass(100);
    assert.equal(sessions.wishes.size, 0);
  });

  it('gives up one place when it is asked again and every place is taken', async () => {
    const at = scene();
    const { a, sessions, timers, told, end } = at;
    await leaveUnanswered(at, 1);
    sessions.size = sessions.maxSize = 2;
    end(a.victim(71));
    await timers.pass(FIRST_REST - 1);
    assert.deepEqual(told, []);
    await timers.pass(1);
    assert.deepEqual(told, ['70 free']);
  });

  it('is asked all the same while the pool is closing', async () => {
    const at = scene();
    const { a, sessions, timers, told, end } = at;
    await leaveUnanswered(at, 2);
    sessions.isClosing = true;
    a.isMute = false;
    end(a.victim(71));
    await timers.pass(0);
    assert.equal(told.at(-1), '70 free');
    sessions.offer(a.session(3));
    await timers.pass(10);
    assert.deepEqual([told.at(-1), a.running.size], ['71 free', 0]);
  });
});

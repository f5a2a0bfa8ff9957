import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { KEEP_PLACE, PATIENCE, REMEMBER, WHILE_CLOSING } from '#internal/session/killer.js';
import { scene, sorted } from './support/killing.js';

describe('what is to be stopped', () => {
  it('is stopped over the first session that can be had, and no timer is left', async () => {
    const { a, sessions, timers, told, stop, end, killer } = scene();
    sessions.idle = [a.session(1)];
    stop(a.victim(7));
    end(a.victim(8));
    await timers.pass(10);
    assert.deepEqual(told, ['7 stopped', '8 free']);
    assert.deepEqual(a.said, ['KILL QUERY 7', 'KILL 8', 'KILL 8']);
    assert.deepEqual([killer.size, sessions.lent, sessions.returned], [0, 1, [undefined]]);
    assert.equal(timers.set.size, 0);
  });

  it('is not looked for when nothing was running', async () => {
    const { a, sessions, told, end, timers } = scene();
    end({ id: 7, server: a.name, isRunning: false });
    await timers.pass(10);
    assert.deepEqual([told, sessions.wishes.size], [['7 free at once'], 0]);
  });

  it('is gone when its server was started anew, and no further session is wanted for it', async () => {
    const { a, restarted, sessions, told, stop, end, timers, killer } = scene();
    stop(a.victim(7));
    end(a.victim(8));
    await timers.pass(0);
    assert.equal(sessions.offer(restarted.session(1)), false);
    await timers.pass(0);
    assert.deepEqual(
      [sorted(told), restarted.said, killer.size, sessions.wishes.size, timers.set.size],
      [['7 stopped', '8 free'], [], 0, 0, 0],
    );
  });

  it('is killed over no session of another server, also when the number is the same there', async () => {
    const { a, b, sessions, told, stop, end, timers } = scene();
    b.victim(7);
    sessions.idle = [b.session(3), b.session(4), b.session(5), b.session(6)];
    stop(a.victim(7));
    end(a.victim(9));
    await timers.pass(0);
    assert.deepEqual(told, []);
    // Of those that lie idle any number may be looked at; another one may come.
    sessions.offer(a.session(2));
    await timers.pass(10);
    assert.deepEqual(sorted(told), ['7 stopped', '9 free']);
    assert.deepEqual(b.said, []);
  });

  it('is dropped when only other servers answer', async () => {
    const { a, b, sessions, told, stop, end, timers } = scene();
    stop(a.victim(7), 60_000);
    end(a.victim(8));
    for (const id of [1, 1, 2]) assert.equal(sessions.offer(b.session(id)), false);
    await timers.pass(0);
    assert.deepEqual(told, []);
    sessions.offer(b.session(3));
    await timers.pass(0);
    assert.deepEqual(sorted(told), ['7 not stopped', '8 free']);
    assert.deepEqual([b.said, sessions.wishes.size, timers.set.size], [[], 0, 0]);
  });

  it('is not asked of a server that has not said which one it is', async () => {
    const { a, sessions, told, stop, end, timers } = scene();
    sessions.idle = [{ ...a.session(1), server: undefined }];
    stop({ id: 7, server: undefined, isRunning: true });
    end({ id: 8, server: undefined, isRunning: true });
    await timers.pass(0);
    assert.deepEqual(told, ['8 free at once', '7 not stopped']);
    stop(a.victim(9));
    await timers.pass(0);
    assert.deepEqual([told.length, a.said, sessions.lent], [2, [], 0]);
  });

  it('never kills itself, but what else is to be stopped, and leaves itself to another', async () => {
    const { a, sessions, told, stop, timers } = scene();
    stop(a.victim(7));
    assert.equal(sessions.offer(a.session(7)), false);
    stop(a.victim(8));
    assert.equal(sessions.offer(a.session(7)), true);
    await timers.pass(0);
    assert.deepEqual(a.said, ['KILL QUERY 8']);
    await timers.pass(100);
    sessions.offer(a.session(1));
    await timers.pass(0);
    assert.deepEqual([told, a.said.slice(1)], [['8 stopped', '7 stopped'], ['KILL QUERY 7']]);
  });

  it('frees its place when the server is rid of it, not when the KILL was answered', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.idle = [a.session(1)];
    a.patience = 6;
    end(a.victim(7));
    await timers.pass(15);
    assert.deepEqual(told, []);
    assert.equal(sessions.lent, 1);
    assert.equal(sessions.returned.length, 1);
    await timers.pass(200);
    assert.deepEqual(told, ['7 free']);
    assert.equal(sessions.lent, 2);
  });

  it('keeps its place for a few seconds at most, and is tried for longer', async () => {
    const { a, sessions, told, end, killer, timers } = scene();
    sessions.maxSize = 5;
    end(a.victim(7));
    await timers.pass(KEEP_PLACE - 1);
    assert.deepEqual(told, []);
    await timers.pass(1);
    assert.deepEqual(told, ['7 free']);
    await timers.pass(REMEMBER - KEEP_PLACE - 1);
    assert.equal(killer.size, 1);
    await timers.pass(1);
    assert.deepEqual([killer.size, sessions.wishes.size, a.said], [0, 0, []]);
    assert.equal(timers.set.size, 0);
  });

  it('is free at once when the server does not know it any more', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.idle = [a.session(1)];
    end({ id: 7, server: a.name, isRunning: true });
    await timers.pass(0);
    assert.deepEqual([told, a.said], [['7 free'], ['KILL 7']]);
  });

  it('was not stopped when the server does not know its session', async () => {
    const { a, sessions, told, stop, timers } = scene();
    sessions.idle = [a.session(1)];
    stop({ id: 7, server: a.name, isRunning: true });
    await timers.pass(0);
    assert.deepEqual(told, ['7 not stopped']);
  });

  it('is given up when the server does not let us', async () => {
    const { a, sessions, told, stop, end, timers } = scene();
    sessions.idle = [a.session(1)];
    a.failure = Object.assign(new Error('You are not owner of thread'), { errno: 1095 });
    stop(a.victim(7));
    end(a.victim(8));
    await timers.pass(0);
    assert.deepEqual(told, ['7 not stopped', '8 free']);
    assert.deepEqual(sessions.returned, [undefined]);
  });

  it('is tried over another session when one is lost over it, and not for ever', async () => {
    const { a, sessions, told, end, timers } = scene();
    const lost = new Error('Connection lost');
    a.failure = lost;
    end(a.victim(7));
    sessions.offer(a.session(1));
    await timers.pass(0);
    assert.deepEqual([sessions.returned, told], [[lost], []]);
    a.failure = undefined;
    sessions.offer(a.session(2));
    await timers.pass(10);
    assert.deepEqual(told, ['7 free']);
    a.failure = lost;
    sessions.idle = [a.session(3)];
    end(a.victim(8));
    await timers.pass(0);
    assert.deepEqual([told, sessions.lent], [['7 free', '8 free'], 5]);
  });

  it('is not stopped after its limit, and nobody is looked for any more', async () => {
    const { a, sessions, told, stop, timers } = scene();
    stop(a.victim(7), 300);
    await timers.pass(299);
    assert.deepEqual([told, sessions.wishes.size], [[], 1]);
    await timers.pass(1);
    assert.deepEqual([told, sessions.wishes.size, timers.set.size], [['7 not stopped'], 0, 0]);
    sessions.offer(a.session(1));
    await timers.pass(0);
    assert.deepEqual(a.said, []);
  });
});

describe('the place of what is to be stopped', () => {
  it('is given up by one alone when every place is taken by such', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.size = sessions.maxSize = 3;
    end(a.victim(6));
    end(a.victim(7));
    end(a.victim(8));
    await timers.pass(PATIENCE * 2);
    assert.deepEqual(told, ['6 free']);
    sessions.offer(a.session(1));
    await timers.pass(10);
    assert.deepEqual(sorted(told), ['6 free', '7 free', '8 free']);
    assert.equal(a.running.size, 0);
  });

  it('that was given up serves nobody else before its server is rid of the one whose it was', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.size = sessions.maxSize = 2;
    a.patience = 7;
    end(a.victim(6));
    end(a.victim(7));
    sessions.offer(a.session(1));
    await timers.pass(30);
    assert.deepEqual([told, sessions.returned], [['6 free'], []]);
    await timers.pass(500);
    assert.deepEqual([told, sessions.returned, sessions.lent], [['6 free', '7 free'], [undefined], 1]);
    assert.equal(timers.set.size, 0);
  });

  it('that was given up serves others again when that one is not tried any more', async () => {
    const { a, sessions, end, timers } = scene();
    sessions.size = sessions.maxSize = 1;
    a.patience = Infinity;
    end(a.victim(6));
    sessions.offer(a.session(1));
    await timers.pass(REMEMBER - 1);
    assert.deepEqual(sessions.returned, []);
    await timers.pass(1);
    assert.deepEqual([sessions.returned, timers.set.size], [[undefined], 0]);
  });

  it('is given up at once by a statement that would be the last of them', async () => {
    const { a, sessions, told, stop, timers } = scene();
    sessions.size = sessions.maxSize = 1;
    stop(a.victim(7));
    await timers.pass(0);
    assert.deepEqual(told, ['7 not stopped']);
  });

  it('is given up by one alone when no session comes free for a second', async () => {
    const { a, told, end, timers } = scene();
    end(a.victim(6));
    end(a.victim(7));
    await timers.pass(PATIENCE - 1);
    assert.deepEqual(told, []);
    await timers.pass(1);
    assert.deepEqual(told, ['6 free']);
    await timers.pass(PATIENCE);
    end(a.victim(8));
    await timers.pass(PATIENCE);
    assert.deepEqual(told, ['6 free']);
  });

  it('is given up again, by another one, when the first is gone', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.size = sessions.maxSize = 2;
    for (const ids of [
      [6, 7],
      [8, 9],
    ] as const) {
      for (const id of ids) end(a.victim(id));
      await timers.pass(0);
      assert.equal(told.at(-1), `${ids[0]} free`);
      sessions.offer(a.session(1));
      await timers.pass(10);
      assert.equal(told.at(-1), `${ids[1]} free`);
    }
    // Whoever comes later is not in a hurry because somebody before was.
    sessions.maxSize = 3;
    end(a.victim(10));
    await timers.pass(PATIENCE);
    sessions.offer(a.session(1));
    await timers.pass(10);
    sessions.size = 3;
    end(a.victim(11));
    await timers.pass(PATIENCE - 1);
    assert.equal(told.at(-1), '10 free');
    await timers.pass(1);
    assert.equal(told.at(-1), '11 free');
  });

  it('is given up by a session that is gone, not by one whose statement is being stopped', async () => {
    const { a, sessions, told, stop, end, timers } = scene();
    sessions.size = sessions.maxSize = 2;
    stop(a.victim(6), 5_000);
    end(a.victim(7));
    await timers.pass(0);
    assert.deepEqual(told, ['7 free']);
    sessions.offer(a.session(1));
    await timers.pass(0);
    assert.deepEqual(told, ['7 free', '6 stopped']);
  });

  it('is not given up while there is room for another session', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.maxSize = 5;
    end(a.victim(6));
    await timers.pass(PATIENCE);
    assert.deepEqual(told, []);
  });

  it('is free when the server cannot be reached; statements of living connections have their own limit', async () => {
    const { a, sessions, told, stop, end, killer, timers } = scene();
    stop(a.victim(6), 5_000);
    end(a.victim(7));
    killer.giveUp();
    await timers.pass(0);
    assert.deepEqual(told, ['7 free']);
    // It is back: both are ended all the same.
    sessions.offer(a.session(1));
    await timers.pass(10);
    assert.deepEqual(told, ['7 free', '6 stopped']);
    assert.ok(!a.running.has(7));
  });

  it('is free when no session is to be had', async () => {
    const { a, sessions, told, stop, end, killer, timers } = scene();
    stop(a.victim(6));
    end(a.victim(7));
    sessions.refuse();
    await timers.pass(0);
    assert.deepEqual(sorted(told), ['6 not stopped', '7 free']);
    assert.deepEqual([killer.size, timers.set.size], [0, 0]);
  });
});

describe('a search', () => {
  it('ends when nobody is left to help, and begins again for the next', async () => {
    const { a, sessions, told, stop, timers } = scene();
    stop(a.victim(6), 100);
    await timers.pass(100);
    assert.equal(sessions.wishes.size, 0);
    stop(a.victim(7), 100);
    await timers.pass(0);
    assert.equal(sessions.wishes.size, 1);
    sessions.offer(a.session(1));
    await timers.pass(0);
    assert.deepEqual(told, ['6 not stopped', '7 stopped']);
  });

  it('is one, however many are to be stopped', async () => {
    const { a, sessions, told, stop, end, timers } = scene();
    for (const id of [5, 6, 7]) stop(a.victim(id));
    end(a.victim(8));
    assert.equal(sessions.wishes.size, 1);
    sessions.offer(a.session(1));
    await timers.pass(10);
    assert.deepEqual([told.length, sessions.lent, a.running.has(8)], [4, 1, false]);
  });

  it('does not rest when there is somebody new to stop', async () => {
    const { a, sessions, told, stop, end, timers } = scene();
    a.patience = Infinity;
    sessions.idle = [a.session(1)];
    end(a.victim(6));
    await timers.pass(1_000);
    stop(a.victim(7));
    await timers.pass(0);
    assert.deepEqual(told, ['7 stopped']);
  });

  it('goes to every server that has something to stop', async () => {
    const { a, b, sessions, told, end, timers } = scene();
    sessions.idle = [a.session(1), b.session(2)];
    end(a.victim(7));
    end(b.victim(7));
    await timers.pass(100);
    assert.deepEqual(told, ['7 free', '7 free']);
    assert.deepEqual([a.running.size, b.running.size], [0, 0]);
  });
});

describe('while the pool is closing', () => {
  it('what still runs is ended, within a second', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.isClosing = true;
    sessions.size = sessions.maxSize = 1;
    end(a.victim(7));
    await timers.pass(WHILE_CLOSING - 1);
    assert.deepEqual(told, []);
    await timers.pass(1);
    assert.deepEqual(told, ['7 free']);
    end(a.victim(8));
    sessions.offer(a.session(1));
    await timers.pass(10);
    assert.deepEqual([told, a.running.size], [['7 free', '8 free'], 0]);
  });

  it('a dial that was called off says nothing about the server', async () => {
    const { a, sessions, told, end, killer, timers } = scene();
    end(a.victim(7));
    sessions.isClosing = true;
    killer.giveUp();
    await timers.pass(0);
    assert.deepEqual(told, []);
  });

  it('a session that is lost over it is not followed by another', async () => {
    const { a, sessions, told, end, timers } = scene();
    sessions.isClosing = true;
    a.failure = new Error('Connection lost');
    sessions.idle = [a.session(1)];
    end(a.victim(7));
    await timers.pass(0);
    assert.deepEqual([told, sessions.lent], [['7 free'], 1]);
  });
});

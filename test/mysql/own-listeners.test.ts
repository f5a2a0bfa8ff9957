/** The listeners of a connection are restored for each loan, whatever borrowers have added or removed. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { OwnListeners } from '#internal/mysql/listeners.js';

const first = (): void => undefined;
const hook = (): void => undefined;
const theirs = (): void => undefined;

function scene() {
  const emitter = new EventEmitter();
  emitter.on('error', first);
  const own = new OwnListeners(emitter);
  const now = (event = 'error'): unknown[] => emitter.rawListeners(event);
  return { emitter, own, now };
}

describe("a connection's own listeners", () => {
  it('stay, those of borrowers go, and those that borrowers took away come back', () => {
    const { emitter, own, now } = scene();
    emitter.on('error', theirs).on('end', theirs);
    own.restore();
    assert.deepEqual([now(), now('end')], [[first], []]);
    emitter.off('error', first);
    assert.deepEqual(now(), []);
    own.restore();
    assert.deepEqual(now(), [first]);
    emitter.off('error', first).on('error', theirs);
    own.restore();
    assert.deepEqual(now(), [first]);
  });

  it('come back at once when all are taken away, since an error that nobody hears ends the process', () => {
    const { emitter, now } = scene();
    emitter.on('error', theirs);
    assert.equal(emitter.removeAllListeners('error'), emitter);
    assert.deepEqual(now(), [first]);
    emitter.on('end', theirs);
    emitter.removeAllListeners();
    assert.deepEqual([now(), now('end')], [[first], []]);
    // Removes also our own 'newListener', by which the change would be noticed.
    emitter.on('error', theirs);
    emitter.removeAllListeners('newListener');
    emitter.on('end', theirs);
    emitter.removeAllListeners('end');
    assert.deepEqual([now(), now('end')], [[first], []]);
  });

  it('are those, too, that a hook has added, which adds them anew to a new connection', () => {
    const { emitter, own, now } = scene();
    emitter.on('error', hook).on('end', hook);
    own.adopt();
    emitter.on('error', theirs).off('end', hook);
    own.restore();
    assert.deepEqual([now(), now('end')], [[first, hook], [hook]]);
    own.begin();
    assert.deepEqual([now(), now('end')], [[first], []]);
    emitter.on('error', hook).on('end', hook);
    own.adopt();
    own.restore();
    assert.deepEqual([now(), now('end')], [[first, hook], [hook]]);
  });

  it('are put back after a hook that has failed halfway', () => {
    const { emitter, own, now } = scene();
    emitter.on('end', hook);
    own.adopt();
    own.begin();
    own.restore();
    assert.deepEqual([now(), now('end')], [[first], [hook]]);
  });

  it('are the same objects, and in their order, where nobody has touched them', () => {
    const { emitter, own, now } = scene();
    emitter.on('error', hook);
    own.adopt();
    const before = now();
    let changes = 0;
    emitter.on('newListener', () => changes++);
    emitter.on('removeListener', () => changes++);
    own.adopt();
    changes = 0;
    own.restore();
    assert.equal(changes, 0);
    emitter.on('end', theirs);
    own.restore();
    assert.deepEqual(now(), before);
    assert.equal(changes, 2, 'only what was added was taken away');
    // If the hook adds no listeners, nothing has to be restored.
    const plain = scene();
    plain.emitter.on('removeListener', () => changes++);
    plain.own.adopt();
    changes = 0;
    plain.own.begin();
    assert.deepEqual(plain.now(), [first]);
  });
});

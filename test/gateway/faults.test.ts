import assert from 'node:assert/strict';
import { connect, createServer, type AddressInfo } from 'node:net';
import { it } from 'node:test';
import { Backend } from '#internal/gateway/backend.js';
import { errorFor } from '#internal/gateway/errors.js';
import { ServerError } from '#internal/gateway/own-answer.js';
import { ASKED } from '#internal/wire/index.js';
import { FakeFailure } from '../pool/support/fake-connector.js';
import { fakePool } from '../pool/support/pool.js';

it('a session whose good-bye the server does not answer is closed all the same', async (t) => {
  // Like a frozen server: the kernel accepts the data, but no answer comes.
  const frozen = createServer({ allowHalfOpen: true }, (socket) => void socket.on('error', () => undefined).resume());
  t.after(() => frozen.close());
  await new Promise<void>((resolve) => frozen.listen(0, '127.0.0.1', resolve));
  const socket = connect((frozen.address() as AddressInfo).port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const greeting = { version: '9.7.0', threadId: 1, capabilities: ASKED, charset: 45, status: 2 };
  const scramble = { scramble: Buffer.alloc(20), plugin: 'caching_sha2_password' };
  const deaf = { lost: () => undefined, unfit: () => undefined };
  const backend = new Backend(socket, { ...greeting, ...scramble }, ASKED, Buffer.alloc(0), deaf);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  backend.quit();
  backend.lose(new Error('no answer within 1000 ms'));
  await closed;
  assert.ok(socket.destroyed);
});

it('a client is told that the server cannot be reached, or that it is full, or that sessions are taken', async (t) => {
  const told = async (failures: readonly Error[], isTaken: boolean): Promise<number> => {
    const { pool, connector, clock } = fakePool(t, { maxSize: 1, acquireTimeout: 50 });
    if (isTaken) {
      const first = pool.acquire();
      await clock.advance(0);
      await first;
    }
    for (const fail of failures) connector.opening.next({ after: 1, fail });
    const failed = pool.acquire().then(
      () => assert.fail('there was one'),
      (error: unknown) => errorFor(error).errno,
    );
    await clock.advance(50);
    return failed;
  };
  const refused = Object.assign(new FakeFailure('refused'), { code: 'ECONNREFUSED' });
  const full = new ServerError({ errno: 1040, sqlState: '08004', message: 'Too many connections' });
  assert.equal(await told(Array<Error>(50).fill(refused), false), 2003);
  assert.equal(await told(Array<Error>(50).fill(full), false), 1040);
  assert.equal(await told([], true), 1040);
});

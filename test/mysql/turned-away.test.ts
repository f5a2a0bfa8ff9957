/** A server that accepts a login and refuses the client with the answer to its first statement. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createPool } from 'node-mysqlpool';
import { errorPacket, GREETING, ok, portOf } from './fake-server.js';
import { nextEvent } from './support.js';

for (const [errno, message] of [
  [1152, 'Aborted connection 5 to db'],
  [1184, 'Aborted connection 5 to db (init_connect command failed)'],
  [1226, "User 'u' has exceeded the 'max_questions' resource"],
  [1317, 'Query execution was interrupted'],
  [3032, 'The server is currently in offline mode'],
] as const) {
  for (const hangsUp of [true, false])
    it(`error ${errno} with the set-up is a dial that failed, told with its cause, ${hangsUp ? 'when' : 'before'} the server hangs up`, async (t) => {
      let dials = 0;
      const port = await portOf(t, (socket) => {
        dials++;
        socket.write(GREETING);
        socket.once('data', () => {
          socket.write(ok(2));
          socket.once('data', () => {
            socket.write(errorPacket(1, errno, message));
            // Answers to further commands in the same write.
            for (let n = 0; n < 2 && !hangsUp; n++) socket.write(ok(1));
            if (hangsUp) socket.end();
          });
        });
      });
      const pool = createPool({ host: '127.0.0.1', port, user: 'u', acquireTimeout: 700, maxSize: 1 });
      t.after(() => pool.close({ timeout: 0 }));
      const failed = nextEvent(pool, 'openFailed') as Promise<{ error: { errno?: number } }>;
      const error = await pool.query('SELECT 1').then(
        () => assert.fail('it was let in'),
        (reason: Error & { code?: string; cause?: { errno?: number } }) => reason,
      );
      assert.equal((await failed).error.errno, errno);
      assert.deepEqual([error.code, error.cause?.errno], ['POOL_ACQUIRE_TIMEOUT', errno]);
      // The error may be temporary, so that the pool retries.
      assert.ok(dials > 1, `${dials} dials`);
      const { size, total } = pool.stats();
      assert.deepEqual([size - pool.stats().connecting, total.acquired], [0, 0]);
    });
}

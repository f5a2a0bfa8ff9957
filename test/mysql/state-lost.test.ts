import assert from 'node:assert/strict';
import { it } from 'node:test';
import { autoCloseDb } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { poolOn } from './support.js';

const CODE = 'MYSQLPOOL_STATE_LOST';
const warnings: string[] = [];
process.on('warning', (warning: Error & { code?: string }) => {
  if (warning.code === CODE) warnings.push(warning.message);
});

/** Waits for warnings, which are emitted one tick later. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

eachServer('what a statement on its own sets', (kind, getServer) => {
  it('is told to be lost, once for each kind, masked, with its line and the cure', async (t) => {
    const server = await getServer();
    const pool = poolOn(t, server, { maxSize: 2, leakThreshold: 60_000 });
    // No warnings: statements that set state within a lease or scope, set none, or fail.
    await pool.use(async (lease) => {
      await lease.query('SET @a = 1');
      await lease.query('SET SESSION sort_buffer_size = 300000');
    });
    await autoCloseDb.run(
      async () => {
        await pool.query('SET @a = 1');
        await pool.query('SELECT @a');
      },
      { oneConnection: true },
    );
    await pool.query('SELECT @row := @row + 1 AS n FROM (SELECT @row := 0) AS start');
    await assert.rejects(pool.query('SET nonsense = 1'));
    await turn();
    const before = warnings.length;
    await pool.query('SET SESSION sort_buffer_size = 300001');
    await pool.query('SET SESSION sort_buffer_size = 300002');
    await pool.query("SET @secret = 'hunter2'");
    await turn();
    // Each warning comes once per process: none on the second kind of server.
    assert.deepEqual([before, warnings.length], [kind === 'mariadb' ? 0 : 2, 2]);
    const [set, variable] = warnings as [string, string];
    assert.match(
      set,
      /^shop: what "SET SESSION sort_buffer_size = \?" \(at .*state-lost\.test\.[jt]s:\d+:\d+\)+ has set was undone/,
    );
    assert.match(set, /autoCloseDb\.run\(fn, \{ oneConnection: true \}\)/);
    assert.match(variable, /"SET @secret = \?"/);
    assert.doesNotMatch(warnings.join('\n'), /hunter2/);
  });
});

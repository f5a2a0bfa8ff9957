import assert from 'node:assert/strict';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { trace } from '../support/trace.js';
import { poolOn, take } from './support.js';

eachServer('mysql2:pool:connect', (_kind, getServer) => {
  it('is published for every connection that is asked for', async (t) => {
    const server = await getServer();
    const seen = trace<Record<string, unknown>>(t, 'mysql2:pool:connect');
    const pool = poolOn(t, server);
    (await take(pool)).release();
    const names = (): string[] => seen.map(([step]) => step);
    assert.deepEqual(names(), ['start', 'end', 'asyncStart', 'asyncEnd']);
    const { database, serverAddress, serverPort } = seen[0]![1];
    assert.deepEqual([database, serverAddress, serverPort], ['', server.host, server.port]);
    seen.length = 0;
    pool.end();
    await assert.rejects(take(pool), { code: 'POOL_CLOSED' });
    assert.deepEqual(names(), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  });
});

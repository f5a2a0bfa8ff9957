import assert from 'node:assert/strict';
import { tracingChannel } from 'node:diagnostics_channel';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';
import { poolOn, take } from './support.js';

eachServer('mysql2:pool:connect', (_kind, getServer) => {
  it('is published for every connection that is asked for', async (t) => {
    const server = await getServer();
    const seen: unknown[] = [];
    const note = (event: string) => (about: object) => seen.push([event, about]);
    const subscribers = {
      start: note('start'),
      end: note('end'),
      asyncStart: note('asyncStart'),
      asyncEnd: note('asyncEnd'),
      error: note('error'),
    };
    const channel = tracingChannel('mysql2:pool:connect');
    channel.subscribe(subscribers);
    t.after(() => channel.unsubscribe(subscribers));
    const pool = poolOn(t, server);
    (await take(pool)).release();
    const names = (): unknown[] => seen.map((entry) => (entry as unknown[])[0]);
    assert.deepEqual(names(), ['start', 'end', 'asyncStart', 'asyncEnd']);
    const [[, context]] = seen as [[string, Record<string, unknown>]];
    const { database, serverAddress, serverPort } = context;
    assert.deepEqual([database, serverAddress, serverPort], ['', server.host, server.port]);
    seen.length = 0;
    pool.end();
    await assert.rejects(take(pool), { code: 'POOL_CLOSED' });
    assert.deepEqual(names(), ['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
  });
});

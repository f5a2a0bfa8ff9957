/** Closing a gateway. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { it } from 'node:test';
import { eachServer } from '../../support/servers/shared.js';
import { until } from '../../support/until.js';
import { clientOf, gatewayFor, rowsOf } from '../support.js';
import { lastWord, ownAccount, queryFrame, runningOf, runs } from './support.js';

eachServer('a gateway that closes', (_kind, getServer) => {
  it('turns idle clients out at once, waits for transactions, and cuts what takes longer', async (t) => {
    const server = await ownAccount(t, await getServer());
    const of = { database: server.user };
    const at = await gatewayFor(t, server, { maxSize: 4 });
    const [idle, ending, staying, running] = [
      await clientOf(t, at, server, of),
      await clientOf(t, at, server, of),
      await clientOf(t, at, server, of),
      await clientOf(t, at, server, of),
    ];
    await rowsOf(ending, 'BEGIN');
    await rowsOf(ending, 'UPDATE t SET v = 3 WHERE id = 1');
    await rowsOf(staying, 'BEGIN');
    await rowsOf(staying, 'UPDATE t SET v = 3 WHERE id = 2');
    running.send(queryFrame('SELECT SLEEP(1000) /* for ever */'));
    await runs(server, /for ever/);
    const arriving = connect(at.port, at.host);
    arriving.on('error', () => undefined);
    await once(arriving, 'data');
    const cut = once(arriving.resume(), 'close');
    let isClosed = false;
    const closed = at.gateway.close(1_000).then(() => (isClosed = true));
    assert.equal(await lastWord(idle), 1053);
    assert.equal(isClosed, false);
    await assert.rejects(clientOf(t, at, server));
    await rowsOf(ending, 'COMMIT');
    assert.equal(await lastWord(ending), 1053);
    assert.equal(await lastWord(staying), 1053);
    await lastWord(running);
    await cut;
    await closed;
    // The gateway's sessions are closed, uncommitted work is rolled back, and no client is connected.
    await until(async () => (await runningOf(server)).length === 0);
    const [row] = await server.admin(`SELECT GROUP_CONCAT(v ORDER BY id) AS v FROM ${server.user}.t`);
    assert.equal(row!['v'], '3,0');
    assert.equal(at.gateway.clients.size, 0);
  });

  it('leaves no socket, also of those who never close theirs', async (t) => {
    const server = await ownAccount(t, await getServer());
    const at = await gatewayFor(t, server);
    const client = await clientOf(t, at, server);
    // The client neither reads what the gateway sends it at the end, nor closes the connection.
    const socket = client.detach();
    socket.pause();
    const closed = at.gateway.close(100);
    await closed;
    socket.resume();
    await once(socket, 'close');
    assert.equal(at.gateway.clients.size, 0);
  });
});

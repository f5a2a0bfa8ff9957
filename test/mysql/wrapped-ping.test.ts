import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { MysqlConnection } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { idOf, poolOn } from './support.js';

eachServer('a connection whose ping somebody has wrapped', (_kind, getServer) => {
  const wrappings: Readonly<Record<string, (connection: MysqlConnection, count: () => void) => void>> = {
    'as its method': (connection, count) => {
      const ping = Reflect.get(connection, 'ping') as MysqlConnection['ping'];
      connection.ping = function (this: MysqlConnection, done) {
        count();
        ping.call(this, done);
      };
    },
    'bound to it, so that it is sent at once': (connection, count) => {
      const ping = connection.ping.bind(connection);
      connection.ping = (done) => {
        count();
        ping(done);
      };
    },
  };
  for (const [name, wrap] of Object.entries(wrappings)) {
    it(`is pinged by that, and lent again: ${name}`, async (t) => {
      let pings = 0;
      const onConnect = (connection: MysqlConnection): void => wrap(connection, () => void pings++);
      const pool = poolOn(t, await getServer(), { maxSize: 1, ping: 'always', onConnect });
      const ids = [await idOf(pool), await idOf(pool), await idOf(pool)];
      assert.equal(new Set(ids).size, 1);
      assert.ok(pings >= 2, `${pings} pings`);
      assert.equal(pool.stats().total.closed, 0);
    });
  }
});

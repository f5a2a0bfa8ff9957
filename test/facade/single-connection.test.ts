import assert from 'node:assert/strict';
import { it } from 'node:test';
import * as stock from 'mysql2/promise';
import * as ours from 'node-mysqlpool/mysql2/promise';
import { eachServer } from '../support/servers/shared.js';

class OwnPromise<T> extends Promise<T> {}

const { PromiseConnection } = stock as unknown as { readonly PromiseConnection: new () => object };

eachServer("createConnection with promises, beside mysql2's own", (_kind, getServer) => {
  for (const [whose, { createConnection }] of Object.entries({ stock, ours })) {
    it(`${whose} gives mysql2's connection, by the promise that was asked for`, async () => {
      const uri = (await getServer()).url();
      await using connection = await createConnection(uri);
      assert.equal(connection.constructor, PromiseConnection);
      const asked = createConnection({ uri, Promise: OwnPromise } as stock.ConnectionOptions);
      assert.ok(asked instanceof OwnPromise);
      await using other = await asked;
      assert.ok(other.query('SELECT 1') instanceof OwnPromise);
    });

    it(`${whose} shows in an error who has called, and throws what is wrong with the options`, async () => {
      const { host, port } = await getServer();
      const caller = (): Promise<unknown> => createConnection({ host, port, user: 'nobody', password: 'x' });
      const error = await caller().then(() => undefined, (failed: Error) => failed); // prettier-ignore
      assert.match(String(error), /^Error: Access denied for user 'nobody'/);
      assert.match(error?.stack ?? '', /^Error: Access denied .*\n +at (async )?caller/);
      assert.throws(() => void createConnection({ host, port, ssl: 'no such profile' }), /Unknown SSL profile/);
    });
  }
});

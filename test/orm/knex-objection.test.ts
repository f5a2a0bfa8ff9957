import assert from 'node:assert/strict';
import { it } from 'node:test';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { Model } from 'objection';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';
import { configOf, knexFactory } from './support/knex-driver.js';

class Row extends Model {
  static override tableName = 't';
  declare id: number;
  declare v: string;
}

eachServer('Objection 3.1.5', (_kind, getServer) => {
  it('works on a Knex with our pool: models, transactions, savepoints, parallel work', async (t) => {
    const options = await databaseFor(t, await getServer());
    const knex = knexFactory(configOf(options, MysqlPoolClient));
    t.after(() => knex.destroy());
    const Bound = Row.bindKnex(knex);
    await Bound.query().insert({ id: 1, v: 'one' });
    const planned = new Error('planned');
    const failed = Bound.transaction(async (trx) => {
      await Bound.query(trx).insert({ id: 2, v: 'undone' });
      throw planned;
    });
    await assert.rejects(failed, planned);
    await Bound.transaction(async (trx) => {
      await Bound.query(trx).insert({ id: 3, v: 'three' });
      const inner = trx.transaction(async (nested) => {
        await Bound.query(nested).insert({ id: 4, v: 'undone' });
        throw planned;
      });
      await assert.rejects(async () => inner, planned);
    });
    const counts = await Promise.all(Array.from({ length: 20 }, () => Bound.query().resultSize()));
    assert.deepEqual(new Set(counts), new Set([2]));
    const rows = await Bound.query().orderBy('id');
    assert.deepEqual(rows.map(({ id, v }) => [id, v]), [[1, 'one'], [3, 'three']]); // prettier-ignore
  });
});

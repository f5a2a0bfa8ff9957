import assert from 'node:assert/strict';
import { it } from 'node:test';
import { knex, type Knex } from 'knex';
import { autoCloseDb } from 'node-mysqlpool';
import { MysqlPoolClient } from 'node-mysqlpool/knex';
import 'node-mysqlpool/sequelize';
import { mysqlpool } from 'node-mysqlpool/typeorm';
import { DataTypes, Sequelize } from 'sequelize';
import { DataSource, EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor } from './support/database.js';

const CREATE = 'CREATE TABLE child (id INT PRIMARY KEY, t_id INT, FOREIGN KEY (t_id) REFERENCES t (id))';

/** Knex's migrations, without files. */
class Source implements Knex.MigrationSource<string> {
  getMigrations = (): Promise<string[]> => Promise.resolve(['1_child', '2_grandchild']);
  getMigrationName = (name: string): string => name;
  getMigration = (name: string): Promise<Knex.Migration> => {
    const table = name.slice(2);
    return Promise.resolve({
      up: (db) => db.schema.createTable(table, (t) => void t.integer('t_id').references('id').inTable('t')),
      down: (db) => db.schema.dropTable(table),
    });
  };
}

class Child1700000000000 implements MigrationInterface {
  name = 'Child1700000000000';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(CREATE);
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE child');
  }
}

eachServer('the tools that ORMs bring along', (_, getServer) => {
  for (const maxSize of [1, 3]) {
    it(`Knex migrates, alone and two at once, by a pool of ${maxSize}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      const { host, port, user, password, database } = options;
      const open = (): Knex => {
        const connection = { host, port, user, password, database };
        const db = knex({
          client: MysqlPoolClient,
          connection,
          pool: { max: maxSize },
          migrations: { migrationSource: new Source() },
        });
        options.closeFirst(() => db.destroy());
        return db;
      };
      const [one, two] = [open(), open()];
      const [batch, done] = (await one.migrate.latest()) as [number, string[]];
      assert.deepEqual([batch, done.length], [1, 2]);
      await one.migrate.rollback();
      const both = await Promise.allSettled([one.migrate.latest(), two.migrate.latest()]);
      const applied = both.map((each) =>
        each.status === 'fulfilled' ? (each.value as [number, string[]])[1].length : 0,
      );
      assert.equal(Math.max(...applied) + Math.min(...applied), 2);
      assert.deepEqual(await one.migrate.list().then(([completed]) => (completed as unknown[]).length), 2);
      await one.migrate.rollback(undefined, true);
    });

    it(`TypeORM migrates, synchronizes and drops, by a pool of ${maxSize}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      const { url } = options;
      const Thing = new EntitySchema<{ id: number; parent: unknown }>({
        name: 'thing',
        columns: { id: { type: 'int', primary: true } },
        relations: { parent: { type: 'many-to-one', target: 'thing' } },
      });
      const source = new DataSource({
        type: 'mysql',
        driver: mysqlpool,
        url,
        poolSize: maxSize,
        entities: [Thing],
        migrations: [Child1700000000000],
      });
      await source.initialize();
      options.closeFirst(() => source.destroy());
      assert.equal((await source.runMigrations()).length, 1);
      assert.equal((await source.runMigrations({ transaction: 'none' })).length, 0);
      await source.undoLastMigration();
      await source.runMigrations({ transaction: 'each' });
      await source.synchronize();
      await source.getRepository('thing').save([{ id: 1 }, { id: 2, parent: { id: 1 } }]);
      await source.synchronize(true);
      await source.dropDatabase();
    });

    it(`Sequelize syncs and drops tables with foreign keys, by a pool of ${maxSize}`, async (t) => {
      const options = await databaseFor(t, await getServer());
      const { url } = options;
      const sequelize = new Sequelize(url, { logging: false, pool: { max: maxSize } });
      options.closeFirst(() => sequelize.close());
      const A = sequelize.define('a', { n: DataTypes.INTEGER });
      const B = sequelize.define('b', { n: DataTypes.INTEGER });
      A.hasMany(B);
      B.hasMany(A, { constraints: false });
      await sequelize.sync();
      const a = await A.create({ n: 1 });
      await B.create({ n: 2, aId: a.get('id') });
      await sequelize.sync({ alter: true });
      await autoCloseDb.run(
        async () => {
          await sequelize.query('SET FOREIGN_KEY_CHECKS = 0');
          await A.truncate();
          await sequelize.sync({ force: true });
        },
        { oneConnection: true },
      );
      assert.equal(await A.count(), 0);
      await sequelize.drop();
    });
  }
});

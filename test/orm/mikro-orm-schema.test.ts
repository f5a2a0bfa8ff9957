import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { EntitySchema, MikroORM } from '@mikro-orm/mysql';
import type { TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { databaseFor, type OrmLimits } from './support/database.js';
import { configOf, isSeven, poolOf, type Orm } from './support/mikro-orm.js';
import type { Row } from './support/orm-driver.js';

interface Shop {
  id: number;
  parent?: Shop;
}

interface Sale {
  id: number;
  shop: Shop;
}

const Shop: EntitySchema<Shop> = new EntitySchema<Shop>({
  name: 'Shop',
  properties: {
    id: { type: 'number', primary: true },
    parent: { kind: 'm:1', entity: () => Shop, nullable: true },
  },
});
const Sale: EntitySchema<Sale> = new EntitySchema<Sale>({
  name: 'Sale',
  properties: {
    id: { type: 'number', primary: true },
    shop: { kind: 'm:1', entity: () => Shop },
  },
});

type Step = (options?: object) => Promise<unknown>;

/** The schema generator's functions by the names of MikroORM 7. */
interface Schema {
  create: Step;
  update: Step;
  drop: Step;
  refresh: Step;
  clear: Step;
}

function schemaOf(orm: Orm): Schema {
  const tool = (orm as unknown as { schema: Record<string, Step> }).schema;
  const named = (six: string, seven: string): Step => tool[isSeven ? seven : six]!.bind(tool);
  return {
    create: named('createSchema', 'create'),
    update: named('updateSchema', 'update'),
    drop: named('dropSchema', 'drop'),
    refresh: named('refreshDatabase', 'refresh'),
    clear: named('clearDatabase', 'clear'),
  };
}

type Rows = (sql: string) => Promise<Row[]>;

async function open(t: TestContext, server: TestServer, limits: OrmLimits): Promise<{ orm: Orm; rows: Rows }> {
  const options = await databaseFor(t, server, limits);
  const orm = await MikroORM.init({
    ...configOf(options),
    entities: [Shop, Sale],
    schemaGenerator: { disableForeignKeys: true },
  });
  options.closeFirst(() => orm.close(true));
  return { orm, rows: (sql) => orm.em.fork().execute<Row[]>(sql) };
}

const FILL = [
  'INSERT INTO shop (id, parent_id) VALUES (1, NULL), (2, 1)',
  'INSERT INTO sale (id, shop_id) VALUES (1, 1), (2, 2)',
];

eachServer('MikroORM: the schema generator', (_kind, getServer) => {
  for (const maxSize of [1, 3])
    it(`creates, updates, clears, drops and refreshes tables with foreign keys, by a pool of ${maxSize}`, async (t) => {
      const { orm, rows } = await open(t, await getServer(), { maxSize });
      const schema = schemaOf(orm);
      const counts = async (): Promise<unknown[]> =>
        (await rows('SELECT (SELECT COUNT(*) FROM shop) AS shops, (SELECT COUNT(*) FROM sale) AS sales')).map(
          ({ shops, sales }) => [Number(shops), Number(sales)],
        );
      const fill = async (): Promise<void> => {
        for (const sql of FILL) await rows(sql);
        assert.deepEqual(await counts(), [[2, 2]]);
      };
      await schema.create();
      await fill();
      await schema.update();
      await schema.clear();
      assert.deepEqual(await counts(), [[0, 0]]);
      await fill();
      await schema.refresh();
      assert.deepEqual(await counts(), [[0, 0]]);
      await fill();
      await schema.drop();
      await assert.rejects(counts());
      await schema.refresh({ dropDb: true });
      await fill();
      const [checks] = await rows('SELECT @@foreign_key_checks AS n');
      assert.equal(Number(checks?.['n']), 1);
      assert.equal((await poolOf(orm)).stats().inUse, 0);
    });
});

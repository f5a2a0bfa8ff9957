import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import {
  AcquireTimeoutError,
  createPool,
  PoolClosedError,
  PoolOptionError,
  type MysqlPool,
  type MysqlPoolOptions,
} from 'node-mysqlpool';
import { PrismaMysqlPool } from 'node-mysqlpool/prisma';
import { freshDatabase, type FreshDatabase, type TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { newPrisma, TABLES, type KnownError, type Prisma } from './prisma/client.js';
import { connectionsTo } from './support/database.js';
import type { OpenOrm, OrmDriver, OrmTransaction, Row } from './support/orm-driver.js';
import { ormSuite } from './support/orm-suite.js';

/** Prisma keeps what its adapter threw in `meta`, and no cause. */
function withCause(error: unknown): never {
  const original = (error as Partial<KnownError>).meta?.driverAdapterError.original;
  if (original !== undefined) (error as Error).cause = original;
  throw error;
}

const query = async (prisma: Prisma, sql: string): Promise<Row[]> => {
  try {
    return await prisma.$queryRawUnsafe(sql);
  } catch (error) {
    return withCause(error);
  }
};

const transactionOf = (tx: Prisma): OrmTransaction => ({
  query: (sql) => query(tx, sql),
  nested: (work) => tx.$transaction((inner) => work(transactionOf(inner))),
});

function orm(prisma: Prisma): OpenOrm {
  return {
    query: (sql) => query(prisma, sql),
    transaction: (work) => prisma.$transaction((tx) => work(transactionOf(tx))),
    stream: () => {
      throw new Error('Prisma does not stream');
    },
    async take() {
      let finish = (): void => undefined;
      let begun = (): void => undefined;
      const isBegun = new Promise<void>((resolve) => (begun = resolve));
      const isFinished = new Promise<void>((resolve) => (finish = resolve));
      const over = prisma.$transaction(() => {
        begun();
        return isFinished;
      });
      // What was forgotten ends by a time-out of Prisma's, which nobody awaits.
      over.catch(() => undefined);
      await Promise.race([isBegun, over]);
      return async () => {
        finish();
        await over;
      };
    },
    close: () => prisma.$disconnect(),
  };
}

const driver: OrmDriver = {
  name: 'Prisma 7.10.0',
  streams: false,
  timeout: { name: 'PrismaClientKnownRequestError', message: /POOL_ACQUIRE_TIMEOUT/ },
  open: ({ url, maxSize, acquireTimeout }) => {
    const pool = createPool(url, { maxSize, acquireTimeout });
    return orm(newPrisma(new PrismaMysqlPool(pool, { disposeExternalPool: true })));
  },
};

ormSuite(driver);

/** A client on a pool of its own, in a database with the tables of the schema. */
async function open(t: TestContext, server: TestServer, options: MysqlPoolOptions = {}): Promise<Opened> {
  const database = await freshDatabase(server);
  for (const table of TABLES)
    await server.admin(
      table
        .replace('CREATE TABLE ', `CREATE TABLE ${database.name}.`)
        .replace('REFERENCES ', `REFERENCES ${database.name}.`),
    );
  const pool = createPool(database.url, { name: 'shop', ...options });
  const prisma = newPrisma(new PrismaMysqlPool(pool));
  t.after(async () => {
    await prisma.$disconnect();
    await pool.close({ timeout: 0 });
    await database[Symbol.asyncDispose]();
  });
  return { prisma, pool, database };
}

interface Opened {
  readonly prisma: Prisma;
  readonly pool: MysqlPool;
  readonly database: FreshDatabase;
}

const refusal = async (work: Promise<unknown>): Promise<KnownError> => {
  try {
    await work;
  } catch (error) {
    return error as KnownError;
  }
  return assert.fail('it was not refused');
};

eachServer('Prisma: values and errors', (kind, getServer) => {
  it('creates and reads through relations, in one transaction each', async (t) => {
    const { prisma, pool } = await open(t, await getServer());
    const user = await prisma.user.create({
      data: { email: 'a@b.c', posts: { create: [{ title: 'one' }, { title: 'two' }] } },
      include: { posts: true },
    });
    assert.deepEqual(user, {
      id: 1,
      email: 'a@b.c',
      posts: [
        { id: 1, title: 'one', authorId: 1 },
        { id: 2, title: 'two', authorId: 1 },
      ],
    });
    const found = await prisma.post.findMany({
      where: { title: { contains: 'o' }, author: { email: { endsWith: '.c' } } },
      orderBy: { id: 'desc' },
      skip: 1,
      take: 5,
      include: { author: true },
    });
    assert.deepEqual(found, [{ id: 1, title: 'one', authorId: 1, author: { id: 1, email: 'a@b.c' } }]);
    assert.deepEqual(await prisma.post.updateMany({ data: { title: 'one' } }), { count: 2 });
    assert.equal(await prisma.post.count({ where: { title: 'one' } }), 2);
    const both = [prisma.user.count(), prisma.post.update({ where: { id: 1 }, data: { title: '?' } })];
    const [users, post] = await prisma.$transaction(both, { isolationLevel: 'Serializable' });
    assert.deepEqual([users, post], [1, { id: 1, title: '?', authorId: 1 }]);
    assert.equal(pool.stats().inUse, 0);
  });

  const sample = {
    id: 18_446_744_073_709_551_615n,
    tiny: true,
    bit: true,
    small: -5,
    unsigned: 2_147_483_647,
    year: 2024,
    big: -9_223_372_036_854_775_808n,
    float: 0.1 + 0.2,
    decimal: '12345678901234567890.0123456789',
    text: `it's "quoted" \\ back ? 日本 🐬`,
    mood: 'wild',
    date: new Date('2024-02-29T00:00:00.000Z'),
    time: new Date('1970-01-01T23:59:59.123Z'),
    at: new Date('1815-12-10T01:02:03.004Z'),
    stamp: new Date('2024-07-01T12:00:00.500Z'),
    json: { a: [1, null, 'x'], b: { c: 1.5 } },
    bytes: new Uint8Array([0, 255, 39, 92, 10]),
    maybe: null,
  };

  it('brings every kind of value there and back', async (t) => {
    const { prisma } = await open(t, await getServer());
    const { decimal, ...others } = await prisma.sample.create({ data: sample });
    assert.equal(String(decimal), sample.decimal);
    const { decimal: _, ...expected } = sample;
    assert.deepEqual(others, expected);
    const found = await prisma.sample.findFirst({
      where: {
        id: sample.id,
        tiny: true,
        bit: true,
        decimal: sample.decimal,
        text: sample.text,
        mood: 'wild',
        date: sample.date,
        time: sample.time,
        at: sample.at,
        stamp: { lte: sample.stamp },
        json: { path: '$.b.c', equals: 1.5 },
        bytes: sample.bytes,
        maybe: null,
      },
    });
    assert.equal(String(found?.['decimal']), sample.decimal);
    assert.equal(await prisma.sample.count({ where: { decimal: '12345678901234567890.0123456788' } }), 0);
  });

  it('answers raw queries with the types of the columns, whatever the pool itself makes of them', async (t) => {
    const options = { dateStrings: true, decimalNumbers: true, jsonStrings: true, timezone: '+05:00', typeCast: false };
    const { prisma } = await open(t, await getServer(), options);
    await prisma.sample.create({ data: sample });
    const [row] = await prisma.$queryRawUnsafe('SELECT * FROM samples WHERE id = ?', sample.id);
    const { decimal, bit, ...others } = row!;
    assert.equal(String(decimal), sample.decimal);
    assert.deepEqual(bit, new Uint8Array([1]));
    const { decimal: _, bit: __, ...expected } = sample;
    assert.deepEqual(others, { ...expected, tiny: 1, unsigned: 2_147_483_647n });
    const [made] = await prisma.$queryRawUnsafe("SELECT ? AS a, ? AS b, '?' AS c, 1.5e0 AS d, NULL AS e", 'x', 7);
    const { b, ...rest } = made!;
    // An INT to MariaDB, a BIGINT to MySQL.
    assert.equal(Number(b), 7);
    assert.deepEqual(rest, { a: 'x', c: '?', d: 1.5, e: null });
  });

  it('tells errors of the server by their kind', async (t) => {
    const { prisma, pool } = await open(t, await getServer());
    await prisma.user.create({ data: { email: "o'x" } });
    const wide = { ...sample, text: 'x' };
    const cases: readonly (readonly [string, () => Promise<unknown>, object])[] = [
      ['P2002', () => prisma.user.create({ data: { email: "o'x" } }), { kind: 'UniqueConstraintViolation', originalCode: '1062', constraint: { index: 'users_email_key' } }],
      ['P2003', () => prisma.post.create({ data: { title: 'x', authorId: 99 } }), { kind: 'ForeignKeyConstraintViolation', originalCode: '1452', constraint: { fields: ['authorId'] } }],
      ['P2000', () => prisma.post.create({ data: { title: 'x'.repeat(21), author: { connect: { id: 1 } } } }), { kind: 'LengthMismatch', originalCode: '1406', column: 'title' }],
      ['P2020', () => prisma.sample.create({ data: { ...wide, small: 40_000 } }), { kind: 'ValueOutOfRange', originalCode: '1264' }],
      ['P2010', () => prisma.$executeRawUnsafe('INSERT INTO users (email) VALUES (NULL)'), { kind: 'NullConstraintViolation', originalCode: '1048', constraint: { fields: ['email'] } }],
      ['P2010', () => prisma.$queryRawUnsafe('SELECT * FROM nowhere'), { kind: 'TableDoesNotExist', originalCode: '1146', table: 'nowhere' }],
      ['P2010', () => prisma.$queryRawUnsafe('SELECT nothing FROM users'), { kind: 'ColumnNotFound', originalCode: '1054', column: 'nothing' }],
      ['P2010', () => prisma.$queryRawUnsafe('SELEC'), { kind: 'mysql', originalCode: '1064', code: 1064, state: '42000' }],
    ]; // prettier-ignore
    for (const [code, work, expected] of cases) {
      const error = await refusal(work());
      assert.equal(error.code, code, error.message);
      const { cause, original } = error.meta.driverAdapterError;
      assert.deepEqual({ ...cause, ...expected }, cause);
      assert.equal(String((original as { errno: number }).errno), cause['originalCode']);
    }
    assert.equal(pool.stats().inUse, 0);
    assert.deepEqual(await prisma.user.findMany(), [{ id: 1, email: "o'x" }]);
  });

  it('tells deadlocks and refused levels of isolation', async (t) => {
    const { prisma, pool } = await open(t, await getServer());
    await prisma.user.create({ data: { email: 'a' } });
    await prisma.user.create({ data: { email: 'b' } });
    const both = barrier(2);
    const lock = (first: number, second: number): Promise<void> =>
      prisma.$transaction(async (tx) => {
        await tx.$executeRawUnsafe('UPDATE users SET email = CONCAT(email, 1) WHERE id = ?', first);
        await both();
        await tx.user.update({ where: { id: second }, data: { email: `${first}` } });
      });
    const results = await Promise.allSettled([lock(1, 2), lock(2, 1)]);
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as KnownError] : []));
    assert.deepEqual(failures.map(({ code }) => code), ['P2034']); // prettier-ignore
    const snapshot = refusal(prisma.$transaction(async () => undefined, { isolationLevel: 'Snapshot' }));
    assert.match((await snapshot).message, /isolation/i);
    assert.equal(pool.stats().inUse, 0);
  });

  it('gives the connection back when a transaction takes too long, and rolls back', async (t) => {
    const { prisma, pool } = await open(t, await getServer(), { maxSize: 1 });
    const late = prisma.$transaction(
      async (tx) => {
        await tx.user.create({ data: { email: 'late' } });
        await until(() => pool.stats().inUse === 0);
        await tx.user.count();
      },
      { timeout: 50 },
    );
    assert.equal((await refusal(late)).code, 'P2028');
    assert.equal(await prisma.user.count(), 0);
    assert.equal(pool.stats().idle, 1);
  });

  it('runs scripts statement by statement', async (t) => {
    const { pool } = await open(t, await getServer());
    const adapter = await new PrismaMysqlPool(pool).connect();
    await adapter.executeScript(`-- a remark; with a semicolon
      INSERT INTO users (email) VALUES ('semi;colon'), ("it''s; #1"); /* ; */
      UPDATE users SET email = CONCAT(email, ';--\\';') WHERE \`email\` = 'semi;colon';;
      # the end;`);
    const [rows] = await pool.query('SELECT email FROM users ORDER BY id');
    assert.deepEqual(rows, [{ email: `semi;colon;--';` }, { email: `it''s; #1` }]);
    assert.deepEqual(adapter.getConnectionInfo().supportsRelationJoins, kind === 'mysql');
  });

  it('says how it could not connect', async (t) => {
    const server = await getServer();
    const connectTo = async (url: string, options: MysqlPoolOptions = {}): Promise<KnownError> => {
      const prisma = newPrisma(new PrismaMysqlPool({ uri: url, acquireTimeout: 500, ...options }));
      try {
        return await refusal(prisma.user.count());
      } finally {
        await prisma.$disconnect();
      }
    };
    const kindOf = ({ meta }: KnownError): unknown => meta.driverAdapterError.cause['kind'];
    const wrong = await connectTo(server.url().replace(`:${server.password}@`, ':wrong@'));
    assert.deepEqual([wrong.code, kindOf(wrong)], ['P1000', 'AuthenticationFailed']);
    assert.ok(!wrong.message.includes('wrong@'));
    const nowhere = await connectTo(server.url('no_such_database'));
    assert.deepEqual([nowhere.code, kindOf(nowhere)], ['P1003', 'DatabaseDoesNotExist']);
    const closed = createServer().listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const { port } = closed.address() as AddressInfo;
    closed.close();
    const refused = await connectTo(`mysql://u@127.0.0.1:${port}/d`);
    assert.equal(refused.code, 'P1001', refused.message);
    assert.ok(refused.meta.driverAdapterError.original instanceof AcquireTimeoutError);
    assert.match(refused.message, new RegExp(`127.0.0.1:${port}`));
    t.diagnostic(refused.message);
  });

  it('owns the pool that it made, and leaves alone the one it was given', async (t) => {
    const server = await getServer();
    const { prisma, pool, database } = await open(t, server);
    assert.equal(await prisma.user.count(), 0);
    await prisma.$disconnect();
    assert.equal(pool.state, 'open');
    assert.equal(await prisma.user.count(), 0);
    const own = newPrisma(new PrismaMysqlPool(database.url, {}));
    const count = (): Promise<number> => own.user.count();
    assert.equal(await count(), 0);
    await own.$disconnect();
    // Used again, it opens a new one.
    assert.equal(await count(), 0);
    await own.$disconnect();
    await pool.close();
    await until(async () => (await connectionsTo(server, database.name)) === 0);
    const error = await refusal(prisma.user.count());
    assert.equal(error.code, 'POOL_CLOSED');
    assert.match(error.message, /shop: the pool is closed/);
    await prisma.$disconnect();
    const again = await refusal(prisma.$connect());
    assert.ok(again instanceof PoolClosedError);
  });
});

describe('PrismaMysqlPool', () => {
  const refuses = (source: unknown, option: string, message: RegExp, more?: unknown): void =>
    assert.throws(
      () => new PrismaMysqlPool(source as string, more as object),
      (error) => error instanceof PoolOptionError && error.option === option && message.test(error.message),
    );

  it('refuses two pools, pools of others, and what Prisma called by another name', async () => {
    const pool = createPool('mysql://u@127.0.0.1/d');
    refuses(pool, 'options', /two pools/, pool);
    refuses({ getConnection() {} }, 'pool', /another library's pool/);
    refuses('mysql://u@127.0.0.1/d?connection_limit=5', 'connection_limit', /maxSize/);
    refuses({ host: 'db', minimumIdle: 1 }, 'minimumIdle', /minIdle/);
    refuses({ host: 'db', connectionLimit: 1 }, 'connectionLimit', /maxSize/);
    refuses(pool, 'disposeExternalPol', /did you mean "disposeExternalPool"/, { disposeExternalPol: true });
    refuses('mysql://u@127.0.0.1/d', 'fleet', /fleet: .*give it to createPool, or \{ uri, fleet \}/, { fleet: true });
    await pool.close();
  });
});

/** Resolves for all when so many have come. */
function barrier(count: number): () => Promise<void> {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  let waiting = 0;
  return () => {
    if (++waiting === count) open();
    return opened;
  };
}

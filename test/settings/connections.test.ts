import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { expectTypeOf } from 'expect-type';
import { closeAll, configure, connections } from 'node-mysqlpool/settings';
import type * as SettingsModule from 'node-mysqlpool/settings';
import type { MysqlPool } from '#internal/api/index.js';
import { clean, use } from './support/settings.js';

// No server is needed: a pool opens nothing before somebody borrows from it.
const TWO = { default: { NAME: 'shop' }, replica: { NAME: 'shop', HOST: 'replica' } };

describe('connections', () => {
  it('has a pool for each database, made at its first use and then kept', (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    assert.equal(pool.name, 'default');
    assert.equal(connections.default, pool);
    assert.equal(connections['replica']?.name, 'replica');
    assert.notEqual(connections['replica'], pool);
    expectTypeOf(connections.default).toEqualTypeOf<MysqlPool>();
  });

  it('can be listed, and looked up without opening anything', (t) => {
    use(t, { DATABASES: TWO });
    assert.deepEqual(Object.keys(connections), ['default', 'replica']);
    assert.equal('replica' in connections, true);
    assert.equal('nope' in connections, false);
    assert.deepEqual(
      Object.entries(connections).map(([alias, pool]) => [alias, pool.name]),
      [
        ['default', 'default'],
        ['replica', 'replica'],
      ],
    );
    assert.deepEqual({ ...connections }, { default: connections.default, replica: connections['replica'] });
  });

  it('refuses an alias that is not configured', (t) => {
    use(t, { DATABASES: TWO });
    assert.throws(() => connections['replcia'], {
      name: 'SettingsError',
      message:
        'connections: no database "replcia"; there are "default" (DATABASES.default), "replica" (DATABASES.replica)',
    });
    clean(t, { MYSQLPOOL_DATABASES: '{"defualt":{"HOST":"db"}}' });
    configure();
    assert.throws(() => connections.default, {
      message: 'connections: no database "default"; there is "defualt" (MYSQLPOOL_DATABASES.defualt)',
    });
    clean(t, {});
    configure({ DATABASES: {} });
    assert.throws(() => connections.default, {
      message: 'DATABASES: nothing is configured: call configure(), write mysqlpool.config.json, or set DATABASE_URL',
    });
  });

  it('cannot be changed', (t) => {
    use(t, { DATABASES: TWO });
    const open = connections as unknown as Record<string, unknown>;
    const message = 'connections cannot be changed: call configure()';
    assert.throws(() => (open['default'] = 1), { name: 'TypeError', message });
    assert.throws(() => delete open['default'], { name: 'TypeError', message });
    assert.throws(() => Object.defineProperty(open, 'x', { value: 1 }), { name: 'TypeError', message });
  });

  it('can be awaited and printed like any object', async (t) => {
    use(t, { DATABASES: TWO });
    assert.equal(await Promise.resolve(connections), connections);
    assert.equal(inspect(connections), 'connections { default, replica }');
  });

  it('does not take a name for an alias that every object has', (t) => {
    for (const alias of ['closeAll', 'then', 'toJSON', 'constructor', 'toString']) {
      assert.throws(() => use(t, { DATABASES: { [alias]: {} } }), {
        message: `DATABASES.${alias}: this name is reserved, choose another alias`,
      });
    }
  });

  it('closes every pool with closeAll, and opens anew', async (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    await connections.closeAll();
    assert.equal(pool.state, 'closed');
    assert.notEqual(connections.default, pool);
    await closeAll({ timeout: 0 });
  });

  it('opens anew what somebody has closed', async (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    await pool.close();
    assert.equal(connections.default.state, 'open');
  });

  it('opens anew while what somebody is closing waits for its loans', async (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    const closed = pool.close();
    assert.equal(pool.state, 'closing');
    const { default: next } = connections;
    assert.notEqual(next, pool);
    assert.equal(next.state, 'open');
    assert.equal(connections.default, next);
    await closed;
    assert.equal(connections.default, next);
  });
});

describe('databases with equal parameters', () => {
  const shares = (one: unknown, two: unknown): boolean => {
    configure({ DATABASES: { one, two } as never });
    return connections['one'] === connections['two'];
  };

  it('share one pool, whatever the alias and the order of their parameters', (t) => {
    clean(t);
    const password = (): string => 'x';
    assert.equal(shares({ NAME: 'a', USER: 'u' }, { USER: 'u', NAME: 'a' }), true);
    assert.equal(connections['two']?.name, 'one', 'named after the first');
    assert.equal(shares({ NAME: 'a' }, { NAME: 'a', HOST: 'localhost', PORT: '3306' }), true);
    assert.equal(shares({ NAME: 'a', PORT: 3307 }, { NAME: 'a', PORT: '3307' }), true);
    assert.equal(
      shares(
        { OPTIONS: { ssl: { ca: '-----BEGIN', key: '-----BEGIN k' } } },
        { OPTIONS: { ssl: { key: '-----BEGIN k', ca: '-----BEGIN' } } },
      ),
      true,
    );
    assert.equal(
      shares({ OPTIONS: { connectAttributes: { a: 1, b: 2 } } }, { OPTIONS: { connectAttributes: { b: 2, a: 1 } } }),
      true,
    );
    assert.equal(shares({ PASSWORD: password }, { PASSWORD: password }), true);
    assert.equal(
      shares('mysql://u:p@db:3307/a', { USER: 'u', PASSWORD: 'p', HOST: 'db', PORT: 3307, NAME: 'a' }),
      true,
    );
  });

  it('share one that is named after the first of them, whichever is used first', (t) => {
    use(t, { DATABASES: { one: {}, two: {} } });
    assert.equal(connections['two']?.name, 'one');
  });

  it('do not share when anything differs', (t) => {
    clean(t);
    assert.equal(shares({ NAME: 'a' }, { NAME: 'b' }), false);
    assert.equal(shares({ USER: 'a' }, { USER: 'b' }), false);
    assert.equal(shares({ PASSWORD: 'a' }, { PASSWORD: 'b' }), false);
    assert.equal(shares({ PASSWORD: () => 'x' }, { PASSWORD: () => 'x' }), false);
    assert.equal(shares({ HOST: 'a' }, { HOST: '/a' }), false);
    assert.equal(shares({ OPTIONS: { charset: 'latin1' } }, { OPTIONS: { charset: 'utf8mb4' } }), false);
    assert.equal(
      shares({ OPTIONS: { init_command: 'SET @a = 1' } }, { OPTIONS: { init_command: 'SET @a = 2' } }),
      false,
    );
    assert.equal(
      shares({ OPTIONS: { connectAttributes: { a: '1' } } }, { OPTIONS: { connectAttributes: { a: 1 } } }),
      false,
    );
    assert.equal(
      shares({ OPTIONS: { ssl: { ca: '-----BEGIN 1' } } }, { OPTIONS: { ssl: { ca: '-----BEGIN 2' } } }),
      false,
    );
  });
});

describe('configure, again', () => {
  it('keeps the pools when nothing has changed', (t) => {
    use(t, { DATABASES: TWO, MYSQLPOOL_ARGUMENTS: { pool_size: 2, recycle: 60 } });
    const { default: pool } = connections;
    configure({ MYSQLPOOL_ARGUMENTS: { recycle: 60, pool_size: 2 }, DATABASES: structuredClone(TWO) });
    assert.equal(connections.default, pool);
    assert.equal(pool.state, 'open');
  });

  it('leaves what it is given as it was', (t) => {
    const options = Object.freeze({ charset: 'utf8mb4' });
    const DATABASES = Object.freeze({ default: Object.freeze({ NAME: 'shop', OPTIONS: options }) });
    const args = Object.freeze({ pool_size: 2 });
    use(t, Object.freeze({ DATABASES, MYSQLPOOL_ARGUMENTS: args }));
    assert.equal(connections.default.options.maxIdle, 2);
    assert.deepEqual(args, { pool_size: 2 });
  });

  it('closes in the background what is no longer used', async (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    const replica = connections['replica']!;
    configure({ DATABASES: { default: TWO.default } });
    assert.equal(connections.default, pool);
    assert.notEqual(replica.state, 'open');
    await replica.close();
    configure({ DATABASES: TWO, MYSQLPOOL_ARGUMENTS: { pool_size: 1 } });
    assert.notEqual(connections.default, pool);
    assert.notEqual(pool.state, 'open');
    await pool.close();
  });

  it('changes nothing when it is refused', (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    assert.throws(() => configure({ DATABASES: { default: { PORT: 'x' } } }));
    assert.equal(connections.default, pool);
    assert.deepEqual(Object.keys(connections), ['default', 'replica']);
  });

  it('finds the pools again when the package is loaded a second time, as a hot reload does', (t) => {
    use(t, { DATABASES: TWO });
    const { default: pool } = connections;
    const loaded = Object.keys(require.cache).filter((path) => /[\\/]dist[\\/]/.test(path));
    const kept = loaded.map((path) => [path, require.cache[path]] as const);
    for (const path of loaded) delete require.cache[path];
    t.after(() => {
      for (const [path, module] of kept) require.cache[path] = module;
    });
    const again = require('node-mysqlpool/settings') as typeof SettingsModule;
    assert.notEqual(again.configure, configure);
    assert.equal(again.connections.default, pool);
    again.configure({ DATABASES: structuredClone(TWO) });
    assert.equal(again.connections.default, pool);
    assert.equal(connections.default, pool);
  });
});

const { Pool, PoolClosedError } = require('node-mysqlpool/pool');
const { exports: map } = require('node-mysqlpool/package.json');

const connector = {
  open: async () => ({}),
  ping: async () => {},
  clean: () => undefined,
  close: async () => {},
  destroy: () => {},
};

// What is for an ORM needs that ORM.
const paths = Object.keys(map).filter(
  (path) => path !== './package.json' && !/^\.\/dist\/(?:metrics|orm|register)\//.test(map[path]),
);

test.each(paths)('%s can be required', (path) => {
  expect(Object.keys(require(path.replace('.', 'node-mysqlpool')))).not.toHaveLength(0);
});

test('a connection is lent, comes back, and the closed pool says so', async () => {
  const pool = new Pool({ connector }, { maxSize: 1 });
  const connections = await Promise.all([1, 2, 3].map(() => pool.use((lease) => lease.connection)));
  expect(new Set(connections).size).toBe(1);
  await pool.close();
  await expect(pool.acquire()).rejects.toThrow(PoolClosedError);
});

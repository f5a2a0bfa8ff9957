import { expect, test } from 'vitest';
import { createPool } from 'node-mysqlpool';
import { Pool, PoolClosedError } from 'node-mysqlpool/pool';

const connector = {
  open: async () => ({}),
  ping: async () => {},
  clean: () => undefined,
  close: async () => {},
  destroy: () => {},
};

test('a connection is lent, comes back, and the closed pool says so', async () => {
  const pool = new Pool({ connector }, { maxSize: 1 });
  const connections = await Promise.all([1, 2, 3].map(() => pool.use((lease) => lease.connection)));
  expect(new Set(connections).size).toBe(1);
  await pool.close();
  await expect(pool.acquire()).rejects.toThrow(PoolClosedError);
});

test('both entries share their classes', () => {
  expect(createPool('mysql://app@localhost/shop')).toBeInstanceOf(Pool);
});

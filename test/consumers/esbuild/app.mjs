// Everything in one file, as it is deployed to functions: the pool lends, and reports name the program's own lines.
import assert from 'node:assert/strict';
import { createPool } from 'node-mysqlpool';
import { Pool } from 'node-mysqlpool/pool';

const connector = {
  open: async () => ({}),
  ping: async () => {},
  clean: () => undefined,
  close: async () => {},
  destroy: () => {},
};

async function borrow() {
  const pool = new Pool({ connector }, { maxSize: 1 });
  const stop = pool.traceCallSites();
  const lease = await pool.acquire({ label: 'bundled' });
  const [loan] = pool.borrowers().loans;
  assert.equal(loan.label, 'bundled');
  assert.ok(loan.callSite, 'no line of code is known');
  lease.release();
  stop();
  await pool.close();
}

assert.ok(createPool('mysql://app@localhost/shop') instanceof Pool);
void borrow().then(() => console.log('ok'));

/**
 * The program for the page's screenshot: a shop with four pools, some of them in trouble, on real databases. `shop.js
 * URL` prints the address of its monitor.
 */
import os from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Script } from 'node:vm';
import { createPool, type MysqlPool } from 'node-mysqlpool';
import { startMonitor } from 'node-mysqlpool/monitor';

type Work = (pool: MysqlPool, holdFor: number) => Promise<void>;

/** Leases that are never released: a leak to show in the page. */
const forgotten: unknown[] = [];

/**
 * Compiles code as if it were in a file of the shop, so that the call sites in the screenshot have no path of this
 * machine. All code that borrows connections must be compiled in this way, or a real file would appear as the call
 * site.
 */
function codeOf<F>(file: string, firstLine: number, code: string): F {
  const options = { filename: `/srv/shop/src/${file}`, lineOffset: firstLine - 1 };
  const script = new Script(`(pause, forgotten) => ${code}`, options);
  return (script.runInThisContext() as (wait: typeof pause, list: unknown[]) => F)(pause, forgotten);
}

const placeOrder = codeOf<Work>(
  'orders/place-order.js',
  38,
  `async function placeOrder(pool, holdFor) {
  const db = await pool.acquire({ label: 'POST /orders' });
  try {
    await db.query('UPDATE stock SET reserved = reserved + 1 WHERE sku = ? AND reserved < available', [1 + Math.floor(Math.random() * 50)]);
    await pause(holdFor);
  } finally {
    db.release();
  }
}`,
);
const findProducts = codeOf<Work>(
  'catalogue/find-products.js',
  17,
  `async function findProducts(pool, holdFor) {
  const db = await pool.acquire({ label: 'GET /products' });
  try {
    await db.query('SELECT sku, available - reserved AS free FROM stock WHERE sku > ? ORDER BY sku LIMIT 20', [7]);
    await pause(holdFor);
  } finally {
    db.release();
  }
}`,
);
const exportOrders = codeOf<Work>(
  'reports/export-orders.js',
  85,
  `async function exportOrders(pool) {
  const db = await pool.acquire({ label: 'nightly export' });
  const [rows] = await db.query('SELECT * FROM orders WHERE exported_at IS NULL ORDER BY placed_at');
  if (rows.length === 0) return forgotten.push(db);
  db.release();
}`,
);
const sumUp = codeOf<Work>(
  'reports/sum-up.js',
  9,
  `async function sumUp(pool) {
  await pool.query('SELECT COUNT(*) FROM orders', [], { label: 'GET /reports' });
}`,
);

const runOnce = codeOf<(work: Work, pool: MysqlPool) => void>(
  'scheduler.js',
  12,
  'function runOnce(work, pool) { setTimeout(() => work(pool), 50); }',
);

async function createTables(pool: MysqlPool): Promise<void> {
  await pool.query('CREATE TABLE stock (sku INT PRIMARY KEY, available INT, reserved INT)');
  await pool.query('CREATE TABLE orders (id INT PRIMARY KEY, placed_at DATETIME, exported_at DATETIME)');
  const rows = Array.from({ length: 50 }, (_, nth) => `(${nth + 1}, 1000000, 0)`);
  await pool.query(`INSERT INTO stock VALUES ${rows.join(', ')}`);
}

type Serve = (work: Work, pool: MysqlPool, isNeeded: () => boolean, holdFor: number) => void;

/** A client that works in a loop while it is needed. */
const serve = codeOf<Serve>(
  'server.js',
  24,
  `async function serve(work, pool, isNeeded, holdFor) {
  await pause(50);
  for (;;) {
    if (isNeeded()) await work(pool, holdFor * (0.4 + 1.2 * Math.random())).catch(() => undefined);
    await pause(60 + 140 * Math.random());
  }
}`,
);

/** Keeps up to `most` clients busy for ever; how many work at a time rises and falls. */
function keepBusy(pool: MysqlPool, work: Work, most: number, holdFor: number): void {
  const share = (): number => 0.62 + 0.38 * Math.cos(performance.now() / 25_000);
  for (let nth = 0; nth < most; nth++) serve(work, pool, () => nth < most * share(), holdFor);
}

async function main(url: string): Promise<void> {
  process.title = 'shop-api';
  os.hostname = () => 'web-1';
  const nowhere = new URL(url);
  nowhere.port = '1';
  const orders = createPool(url, { name: 'orders', maxSize: 10, acquireTimeout: 2_000, leakThreshold: 10_000 });
  const catalogue = createPool(url, { name: 'catalogue', maxSize: 20, leakThreshold: 10_000 });
  const sessions = createPool(url, { name: 'sessions', maxSize: 6, minIdle: 2 });
  const reporting = createPool(nowhere.href, { name: 'reporting', maxSize: 4, acquireTimeout: 3_000 });
  await createTables(orders);
  const monitor = await startMonitor({ allow: ['evict', 'suspend', 'resume'] });
  keepBusy(orders, placeOrder, 22, 150);
  keepBusy(catalogue, findProducts, 30, 70);
  keepBusy(sessions, findProducts, 4, 12);
  keepBusy(reporting, sumUp, 2, 0);
  runOnce(exportOrders, orders);
  process.send?.(monitor.url);
}

process.on('disconnect', () => process.exit(0));
void main(process.argv[2]!);

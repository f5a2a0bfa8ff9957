/**
 * An application that has nothing to do with the FTP server but shares its database: several times a second it opens a
 * short connection, notes an order, counts the orders, and leaves. A process of its own with an account of its own.
 */
import { createConnection } from 'mysql2/promise';
import type { BystanderOrder, BystanderRound, DatabaseAddress } from './messages.js';
import { pause } from './pause.js';
import { runWorker } from './run-worker.js';

const EVERY_MS = 200;

async function round(database: DatabaseAddress): Promise<BystanderRound> {
  const began = Date.now();
  try {
    const connection = await createConnection({ ...database, connectTimeout: 10_000 });
    // A connection that dies says so twice, to the query and here; the query is enough.
    connection.on('error', () => {});
    try {
      await connection.query('INSERT INTO orders (placed) VALUES (NOW(3))');
      await connection.query('SELECT COUNT(*) AS orders FROM orders');
      await connection.end();
    } finally {
      connection.destroy();
    }
    return { began, ended: Date.now(), error: undefined };
  } catch (error) {
    return { began, ended: Date.now(), error: (error as Error).message };
  }
}

runWorker<BystanderOrder, BystanderRound, number>(async ({ database }, report, stop) => {
  let rounds = 0;
  for (; !stop.aborted; rounds++) {
    const done = await round(database);
    report(done);
    await pause(Math.max(0, EVERY_MS - (done.ended - done.began)), stop);
  }
  return rounds;
});

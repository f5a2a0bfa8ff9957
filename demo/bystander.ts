/**
 * An application that only shares the database server with the FTP server: several times a second it connects, inserts
 * an order, counts the orders, and disconnects. It runs in its own process with its own account.
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
    // A lost connection is reported to the query as well, which is enough.
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

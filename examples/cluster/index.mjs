// node examples/cluster/index.mjs mysql://user:password@host/database
// Three workers of Node's cluster share a limit of four connections. None of them knows of the others: the places are
// locks of the server. With `fleet: true` it would be the account's MAX_USER_CONNECTIONS.
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createPool } from 'node-mysqlpool';

const [WORKERS, LIMIT, QUERIES] = [3, 4, 40];

if (cluster.isPrimary) {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork({ DATABASE_URL: process.argv[2] }));
  const ended = workers.map((worker) => once(worker, 'exit'));
  const told = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  await Promise.all(ended);
  const peak = Math.max(...told.map((each) => each.peak));
  const answered = told.reduce((sum, each) => sum + each.answered, 0);
  const ok = peak <= LIMIT && answered === WORKERS * QUERIES;
  console.log(`cluster: ${WORKERS} workers, ${answered} answers, ${peak} at once of ${LIMIT}; ${ok ? 'ok' : 'FAILED'}`);
  process.exitCode = ok ? 0 : 1;
} else {
  const fleet = { cap: 'slots', limit: LIMIT, name: 'example-cluster' };
  const pool = createPool(process.env.DATABASE_URL, { maxSize: LIMIT, fleet });
  let [answered, peak] = [0, 0];
  const query = async () => {
    const [[{ n }]] = await pool.query(
      "SELECT COUNT(*) AS n FROM information_schema.PROCESSLIST WHERE INFO LIKE 'SELECT COUNT(%' AND DB = DATABASE()",
    );
    answered++;
    peak = Math.max(peak, Number(n));
  };
  await Promise.all(Array.from({ length: QUERIES }, query));
  await pool.close();
  process.send({ answered, peak }, () => process.disconnect());
}

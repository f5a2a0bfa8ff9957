// node examples/worker-threads/index.mjs mysql://user:password@host/database
// Three worker threads share a limit of four connections: each is a member of the fleet, as a process of its own would be.
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { createPool } from 'node-mysqlpool';

const [THREADS, LIMIT, QUERIES] = [3, 4, 40];

if (isMainThread) {
  const file = fileURLToPath(import.meta.url);
  const url = process.argv[2] ?? process.env.DATABASE_URL;
  const threads = Array.from({ length: THREADS }, () => new Worker(file, { workerData: url }));
  const told = await Promise.all(threads.map(async (thread) => (await once(thread, 'message'))[0]));
  const peak = Math.max(...told.map((each) => each.peak));
  const answered = told.reduce((sum, each) => sum + each.answered, 0);
  const ok = peak <= LIMIT && answered === THREADS * QUERIES;
  console.log(`worker threads: ${THREADS}, ${answered} answers, ${peak} at once of ${LIMIT}; ${ok ? 'ok' : 'FAILED'}`);
  process.exitCode = ok ? 0 : 1;
} else {
  const fleet = { cap: 'slots', limit: LIMIT, name: 'example-threads' };
  const pool = createPool(workerData, { maxSize: LIMIT, fleet });
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
  parentPort.postMessage({ answered, peak });
}

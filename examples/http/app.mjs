// A web application that can be stopped at any time without a failed request.
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createPool } from 'node-mysqlpool';

const pool = createPool(process.env.DATABASE_URL, { name: 'shop', maxSize: 4, minIdle: 1 });
let isReady = false;

const server = createServer(async (request, response) => {
  if (request.url === '/ready') {
    response.writeHead(isReady ? 200 : 503).end();
    return;
  }
  try {
    const [[{ total }]] = await pool.query('SELECT SLEEP(0.05) + 1 AS total');
    response.end(String(total));
  } catch (error) {
    response.writeHead(503).end(error.message);
  }
});

process.once('SIGTERM', async () => {
  isReady = false; // the load balancer asks /ready, and sends its requests elsewhere
  await sleep(Number(process.env.GRACE)); // it takes some time to notice; a few seconds in production
  await promisify(server.close.bind(server))(); // to close has begun; this waits for the requests under way
  await pool.drain({ timeout: 10_000 }); // serves whoever is left, and closes
});

server.listen(0, '127.0.0.1', async () => {
  await pool.warmUp(); // the database can be reached, and the first request need not wait for a connection
  isReady = true;
  process.send({ port: server.address().port });
});

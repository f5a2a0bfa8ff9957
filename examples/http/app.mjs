// A web application that can be stopped at any time without a failed request.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from 'node-mysqlpool';

const pool = createPool(process.env.DATABASE_URL, { name: 'shop', maxSize: 4 });
let isReady = true;

async function answer(request, response) {
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
}

async function stop() {
  isReady = false; // the load balancer asks /ready, and sends its requests elsewhere
  await sleep(Number(process.env.GRACE)); // it takes some time to notice
  await new Promise((done) => server.close(done)); // take no more work, and answer what is under way
  await pool.drain({ timeout: 10_000 }); // serve whoever still asks, and close when nobody does
  process.disconnect();
}

const server = createServer((request, response) => void answer(request, response));
process.once('SIGTERM', () => void stop());
await pool.warmUp(); // the database can be reached, or this throws and says why not
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send({ port: server.address().port });

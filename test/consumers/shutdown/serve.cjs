// A web application, in Express or Fastify, that is stopped as the guide says.
const { setTimeout: sleep } = require('node:timers/promises');
const { promisify } = require('node:util');
const { createPool } = require('node-mysqlpool');

const pool = createPool(process.env.MYSQLPOOL_CONSUMER_URL, { name: 'consumer', maxSize: 2 });
let isReady = false;

/** A request that asks the database twice: it needs a connection again when the application is being stopped. */
async function answer() {
  await pool.query('SELECT SLEEP(0.03)');
  const [[{ total }]] = await pool.query('SELECT SLEEP(0.03) + 1 AS total');
  return { total: Number(total) };
}

async function withExpress() {
  const express = require('express');
  const app = express();
  app.get('/ready', (_request, response) => response.sendStatus(isReady ? 200 : 503));
  app.get('/', async (_request, response) => response.json(await answer()));
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return { port: server.address().port, close: promisify(server.close.bind(server)) };
}

async function withFastify() {
  const app = require('fastify')();
  app.get('/ready', (_request, reply) => reply.code(isReady ? 200 : 503).send());
  app.get('/', answer);
  await app.listen({ port: 0, host: '127.0.0.1' });
  return { port: app.server.address().port, close: () => app.close() };
}

async function main() {
  const { port, close } = await (process.argv[2] === 'express' ? withExpress() : withFastify());
  const stop = async () => {
    isReady = false;
    await sleep(2_000);
    await close();
    await pool.drain({ timeout: 10_000 });
    process.disconnect();
  };
  process.once('SIGTERM', () => void stop());
  // Whoever has started it is gone, and will not stop it.
  process.once('disconnect', () => isReady && process.exit(1));
  await pool.warmUp();
  isReady = true;
  process.send({ port });
}

void main();

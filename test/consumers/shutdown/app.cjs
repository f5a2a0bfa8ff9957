// Express and Fastify are stopped by SIGTERM under load: no request fails, and the process ends by itself.
const assert = require('node:assert/strict');
const { fork } = require('node:child_process');
const events = require('node:events');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');

const CLIENTS = 20;
const REQUESTS = 100;

async function stopUnderLoad(framework) {
  const app = fork(path.join(__dirname, 'serve.cjs'), [framework]);
  const ended = events.once(app, 'exit');
  const [{ port }] = await events.once(app, 'message');
  const failures = [];
  let [isReady, answered] = [true, 0];
  const balance = async () => {
    while (isReady) {
      isReady = (await get(port, 'ready')).status === 200;
      await sleep(20);
    }
  };
  const client = async () => {
    while (isReady) {
      const { status, text } = await get(port, '');
      if (status === 200 && text === '{"total":1}') answered++;
      else failures.push(`${status} ${text}`);
      if (answered === REQUESTS) app.kill('SIGTERM');
    }
  };
  await Promise.all([balance(), ...Array.from({ length: CLIENTS }, client)]);
  // Taken for not ready before it was stopped: that is told below.
  if (answered < REQUESTS) app.kill('SIGKILL');
  const [code] = await ended;
  assert.deepEqual({ framework, failures, code }, { framework, failures: [], code: 0 });
  assert.ok(answered >= REQUESTS);
}

async function get(port, path) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/${path}`);
    return { status: response.status, text: await response.text() };
  } catch (error) {
    return { status: 0, text: String(error.cause ?? error) };
  }
}

async function main() {
  for (const framework of ['express', 'fastify']) await stopUnderLoad(framework);
  console.log('ok');
}

void main();

// node examples/http/index.mjs mysql://user:password@host/database
// Starts app.mjs, and stops it by SIGTERM while it has its hands full. As a load balancer would, it asks again and again
// whether the application is ready, and sends it requests for as long as it is.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const CLIENTS = 40;
const REQUESTS = 200;

const env = { ...process.env, DATABASE_URL: process.argv[2] ?? process.env.DATABASE_URL, GRACE: '2000' };
const app = fork(fileURLToPath(new URL('app.mjs', import.meta.url)), { env });
const ended = once(app, 'exit');
const [{ port }] = await once(app, 'message');

let [isReady, answered, failed] = [true, 0, 0];

/** What a load balancer does, every few seconds. */
async function balance() {
  while (isReady) {
    const { status } = await fetch(`http://127.0.0.1:${port}/ready`);
    isReady = status === 200;
    await sleep(20);
  }
}

/** One request after the other, for as long as the application is said to be ready. */
async function client() {
  while (isReady) {
    const response = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (response?.status === 200 && (await response.text()) === '1') answered++;
    else failed++;
    if (answered === REQUESTS) app.kill('SIGTERM');
  }
}
await Promise.all([balance(), ...Array.from({ length: CLIENTS }, client)]);
const [code] = await ended;

const ok = failed === 0 && answered >= REQUESTS && code === 0;
console.log(
  `HTTP: SIGTERM under load; ${answered} requests answered, ${failed} failed, exit code ${code}; ${ok ? 'ok' : 'FAILED'}`,
);
process.exitCode = ok ? 0 : 1;

import { setTimeout as sleep } from 'node:timers/promises';

const USERS = 10;
const PAUSE = 250; // ms between a user's requests
const RESTART_AFTER = 150; // requests
export const REQUESTS = 600;
const LONGEST = 60_000; // ms for one request

/** A function that calls an application's HTTP API, and rejects unless the response is a success. */
export function callsTo(url) {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json', origin: url, ...headers },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(LONGEST),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
    return { headers: response.headers, body: /^[[{]/.test(text) ? JSON.parse(text) : text };
  };
}

/**
 * Simulates ten users, each sending one request after the other with short pauses; every fifth request is a write. The
 * database is restarted meanwhile, and is checked afterwards for all acknowledged writes.
 */
export async function drive({ read, write }, server, writtenSql) {
  const watch = watchSessions(server);
  const result = { failed: 0, times: [], acknowledged: [], errors: new Map() };
  let begun = 0;
  const restarts = [];
  const user = async () => {
    while (begun < REQUESTS) {
      const i = begun++;
      if (i === RESTART_AFTER) restarts.push(server.restart());
      await one(i, result, i % 5 === 0 ? () => write(`written ${i}`) : read);
      await sleep(PAUSE);
    }
  };
  await Promise.all(Array.from({ length: USERS }, user));
  await Promise.all(restarts);
  const kept = new Set((await server.admin(writtenSql)).map(({ title }) => title));
  return {
    failed: result.failed,
    errors: [...result.errors],
    lost: result.acknowledged.filter((title) => !kept.has(title)).length,
    median: result.times.toSorted((a, b) => a - b)[Math.floor(result.times.length / 2)],
    sessions: await watch.end(),
  };
}

async function one(i, result, work) {
  const began = performance.now();
  try {
    await work();
    if (i % 5 === 0) result.acknowledged.push(`written ${i}`);
    // Only times before the restart: requests that are slow because the database is down say nothing about the pool.
    if (i < RESTART_AFTER) result.times.push(performance.now() - began);
  } catch (error) {
    result.failed++;
    const text = String(error.message).replaceAll(/\d+/g, 'N').slice(0, 200);
    result.errors.set(text, (result.errors.get(text) ?? 0) + 1);
  }
}

/** Counts the sessions of the application's account on the server, and keeps the maximum. */
function watchSessions(server) {
  let most = 0;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      most = Math.max(most, await server.connections(server.user).catch(() => 0));
      await sleep(100);
    }
  })();
  return {
    async end() {
      isOver = true;
      await watching;
      return most;
    },
  };
}

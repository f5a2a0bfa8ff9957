/** The server ends a fleet's session that was silent for the lease, which a living process prevents by pings. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MysqlLease } from 'node-mysqlpool';
import { eachServer } from '../support/servers/shared.js';
import { until } from '../support/until.js';
import { errorPacket, GREETING, ok, portOf } from './fake-server.js';
import { idOf, limitedAccount, one } from './support.js';
import { memberOf } from './support-fleet.js';

// The background work of a fleet keeps no process alive, so that this timer has to.
const alive = setInterval(() => undefined, 1_000);
after(() => clearInterval(alive));

/** Counts the pings that the pool sends on a session. */
function pingsOf(lease: Pick<MysqlLease, 'connection'>): () => number {
  let pings = 0;
  const inside = lease.connection as unknown as { ping: (...args: unknown[]) => unknown };
  const ping = inside.ping.bind(inside);
  inside.ping = (...args) => {
    pings++;
    return ping(...args);
  };
  return () => pings;
}

/**
 * A child process with a pool of two connections, in a fleet with a lease of 1 s. It prints what happens, line by line.
 */
function memberProcess(
  t: TestContext,
  url: string,
): { readonly child: ChildProcess; readonly line: () => Promise<string> } {
  const child = spawn(process.execPath, [require.resolve('./session-lease-member.js'), url], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  t.after(() => {
    child.kill('SIGCONT');
    child.kill('SIGKILL');
  });
  const lines: string[] = [];
  const waiting: ((line: string) => void)[] = [];
  const heard = (line: string): void => {
    const next = waiting.shift();
    if (next === undefined) lines.push(line);
    else next(line);
  };
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', heard);
  child.on('exit', (code, signal) => heard(`ended: ${code ?? signal}`));
  return {
    child,
    line: async () => lines.shift() ?? (await new Promise<string>((resolve) => waiting.push(resolve))),
  };
}

eachServer("a session's lease", (_kind, getServer) => {
  it('is kept by pings while it lies idle, and while its borrower computes, whose transaction goes on', async (t) => {
    const server = await getServer();
    const { user, url } = await limitedAccount(t, server, 0);
    const { pool } = memberOf(t, url, { lease: 1_000 }, { maxSize: 2 });
    const loans = [await pool.acquire(), await pool.acquire()] as const;
    const ids = await Promise.all(loans.map((loan) => idOf(loan)));
    const [computing, idle] = loans;
    const [first, second] = [pingsOf(computing), pingsOf(idle)];
    idle.release();
    await computing.query('BEGIN');
    await computing.query('SET @a = 1');
    // Without pings, the server would have ended both sessions by now.
    await until(() => first() >= 7 && second() >= 7);
    assert.equal(await server.connections(user), 2);
    const row = await one(computing, 'SELECT CONNECTION_ID() AS id, @a AS a');
    assert.deepEqual([row['id'], row['a'], pool.stats().total.closed], [ids[0], 1, 0]);
    computing.release();
    const listed = (await server.admin('SHOW PROCESSLIST')).filter(({ User }) => User === user);
    assert.deepEqual(new Set(listed.map(({ Id }) => Number(Id))), new Set(ids));
  });

  it('is not pinged for while a statement runs, rows are unread, or a command is held back', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool } = memberOf(t, url, { lease: 1_000 }, { maxSize: 1 });
    const lease = await pool.acquire();
    const pings = pingsOf(lease);
    await lease.query('SELECT SLEEP(1.2)');
    assert.equal(pings(), 0);
    const row = "SELECT 1 AS n, REPEAT('x', 1000000) AS long_one";
    let rows = 0;
    for await (const _ of lease.stream(Array(30).fill(row).join(' UNION ALL '), [], { highWaterMark: 1 })) {
      if (++rows <= 2) await sleep(600);
      else if (rows === 3) assert.equal(pings(), 0);
    }
    assert.equal(rows, 30);
    await until(() => pings() > 0);
    lease.release();
  });

  it('has a ping under way when the connection comes back, and that does no harm, though somebody has wrapped it', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool } = memberOf(t, url, { lease: 1_000 }, { maxSize: 1 });
    const lease = await pool.acquire();
    const { connection } = lease;
    const inside = connection as unknown as { ping: (...args: unknown[]) => unknown };
    const ping = inside.ping.bind(inside);
    const came = new Promise<void>((resolve) => {
      inside.ping = (...args) => {
        const sent = ping(...args);
        inside.ping = ping;
        // Releases before the ping can be answered.
        queueMicrotask(() => {
          lease.release();
          resolve();
        });
        return sent;
      };
    });
    await came;
    const next = await pool.acquire();
    assert.equal(next.connection, connection);
    next.release();
    assert.equal(pool.stats().total.closed, 0);
  });

  it('is no use of a connection, which closes when it has been idle for long', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool } = memberOf(t, url, { lease: 1_000 }, { maxSize: 1, idleTimeout: 1_100, keepaliveInterval: 0 });
    const lease = await pool.acquire();
    const pings = pingsOf(lease);
    lease.release();
    const reason = await new Promise((resolve) => pool.on('closed', (event) => resolve(event.reason)));
    assert.equal(reason, 'idle');
    assert.ok(pings() >= 2, `${pings()} pings`);
  });

  it('ends by the server alone when its process is frozen; others are let in, and it goes on without an error', async (t) => {
    const server = await getServer();
    const { user, url } = await limitedAccount(t, server, 2);
    const { child, line } = memberProcess(t, url);
    assert.equal(await line(), 'has 2');
    child.kill('SIGSTOP');
    // The frozen process holds all connections: a new member waits no longer than the lease.
    const { pool, refused } = memberOf(t, url, { lease: 1_000 }, { maxSize: 2, acquireTimeout: 60_000 });
    const loans = await Promise.all([pool.acquire(), pool.acquire()]);
    assert.ok(refused.length > 0);
    assert.equal(await server.connections(user), 2);
    for (const loan of loans) loan.release();
    await pool.close();
    child.kill('SIGCONT');
    child.stdin!.write('go on\n');
    assert.equal(await line(), 'served, closed: dead, dead');
    child.stdin!.end();
    assert.equal(await line(), 'ended: 0');
  });

  it('that has ended on an idle connection is heard of at once, and nobody is told', async (t) => {
    const { url } = await limitedAccount(t, await getServer(), 0);
    const { pool } = memberOf(t, url, { lease: 60_000 }, { maxSize: 1, reset: 'none', ping: 'never' });
    const said = whatIsSaid(t);
    // As if pings came too late: the server ends the session for being silent.
    await pool.use((lease) => lease.query('SET wait_timeout = 1'));
    const reason = await new Promise((resolve) => pool.on('closed', (event) => resolve(event.reason)));
    assert.deepEqual([reason, pool.stats().size], ['dead', 0]);
    assert.equal((await pool.use((lease) => one(lease, 'SELECT 2 AS n')))['n'], 2);
    assert.deepEqual(said, []);
  });
});

it('a parting word of the server that crosses with a ping is one lost connection, and no warning', async (t) => {
  let ends = false;
  let dials = 0;
  const port = await portOf(t, (socket) => {
    let isLetIn = false;
    const isFirst = ++dials === 1;
    socket.on('error', () => undefined);
    socket.write(GREETING);
    socket.on('data', (data) => {
      if (!isLetIn) {
        isLetIn = true;
        return socket.write(ok(2));
      }
      if (ends && isFirst) return socket.end(errorPacket(0, 4031, 'The client was disconnected by the server'));
      // One answer for each packet in the chunk.
      for (let at = 0; at < data.length; at += 4 + data.readUIntLE(at, 3)) socket.write(ok(1));
      return undefined;
    });
  });
  const url = `mysql://u@127.0.0.1:${port}`;
  const { pool } = memberOf(t, url, {}, { maxSize: 1, ping: 'always' });
  await pool.use(() => undefined);
  // Lets the warning pass that this server has no session trackers.
  await new Promise((resolve) => setImmediate(resolve));
  const said = whatIsSaid(t);
  ends = true;
  const reasons: string[] = [];
  pool.on('closed', ({ reason }) => reasons.push(reason));
  await pool.use(() => undefined);
  assert.deepEqual([reasons, dials, said], [['dead'], 2, []]);
});

/** Records console errors (as mysql2 prints) and process warnings from now on. */
function whatIsSaid(t: TestContext): unknown[] {
  const said: unknown[] = [];
  const heard = (warning: unknown): void => void said.push(warning);
  t.mock.method(console, 'error', heard);
  process.on('warning', heard);
  t.after(() => process.off('warning', heard));
  return said;
}

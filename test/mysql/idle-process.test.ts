import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { it } from 'node:test';
import { eachServer } from '../support/servers/shared.js';

/** Runs a script in a child process; resolves with its exit code and output. */
function run(script: string, url: string): Promise<{ readonly code: number | null; readonly printed: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['-e', script, url], {
      stdio: ['ignore', 'pipe', 'inherit'],
      timeout: 20_000,
    });
    let printed = '';
    child.stdout.on('data', (data) => (printed += String(data)));
    child.on('error', reject);
    child.on('exit', (code) => resolve({ code, printed }));
  });
}

const PACKAGE = JSON.stringify(require.resolve('node-mysqlpool'));

eachServer('a process with a pool', (_kind, getServer) => {
  it('ends when the pool is idle, though nobody has closed it', async () => {
    const script = `
      const { createPool } = require(${PACKAGE});
      const pool = createPool(process.argv[1], { maxSize: 3, minIdle: 2 });
      Promise.all([1, 2, 3].map((n) => pool.query('SELECT ?', [n]))).then(() => console.log(pool.stats().size > 0));`;
    assert.deepEqual(await run(script, (await getServer()).url()), { code: 0, printed: 'true\n' });
  });

  it('does not end while a statement runs, also on a connection that had been idle', async () => {
    const script = `
      const { createPool } = require(${PACKAGE});
      const pool = createPool(process.argv[1], { maxSize: 1 });
      pool.query('SELECT 1').then(() => setTimeout(async () => {
        await pool.query('SELECT SLEEP(0.3)');
        console.log('answered');
      }, 250));`;
    assert.deepEqual(await run(script, (await getServer()).url()), { code: 0, printed: 'answered\n' });
  });

  it('does not end while a caller waits for a connection that is being opened or checked', async () => {
    const script = `
      const { createPool } = require(${PACKAGE});
      const pool = createPool(process.argv[1], { maxSize: 1, ping: 'always' });
      pool.query('SELECT 1').then(() => setTimeout(async () => {
        await Promise.all([pool.query('SELECT 2'), pool.query('SELECT 3')]);
        console.log('both');
      }, 250));`;
    assert.deepEqual(await run(script, (await getServer()).url()), { code: 0, printed: 'both\n' });
  });

  it('ends when nobody waits any more for a connection that nobody answers', async (t) => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => void sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const { port } = silent.address() as AddressInfo;
    const script = `
      const { createPool } = require(${PACKAGE});
      const pool = createPool('mysql://127.0.0.1:${port}', { acquireTimeout: 300, connectTimeout: 60_000 });
      pool.query('SELECT 1').catch((error) => console.log(error.code));`;
    // `run` would kill the program long before the connect time-out.
    assert.deepEqual(await run(script, ''), { code: 0, printed: 'POOL_ACQUIRE_TIMEOUT\n' });
  });

  it('does not end while a caller waits without a limit', async () => {
    const script = `
      const { createPool } = require(${PACKAGE});
      const pool = createPool(process.argv[1], { maxSize: 1, acquireTimeout: Infinity });
      pool.query('SELECT 1').then(() => console.log('answered'));`;
    assert.deepEqual(await run(script, (await getServer()).url()), { code: 0, printed: 'answered\n' });
  });
});

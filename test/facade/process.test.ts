import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { eachServer } from '../support/servers/shared.js';

const run = promisify(execFile);

eachServer('a process with a drop-in pool', (_kind, getServer) => {
  it('ends when there is nothing left to do, although the pool is open', async () => {
    const script = `
      const pool = require('node-mysqlpool/mysql2/promise').createPool(process.argv[1]);
      const work = Array.from({ length: 5 }, () => pool.query('SELECT 1'));
      Promise.all(work).then(() => console.log('done'));`;
    const { stdout } = await run(process.execPath, ['-e', script, (await getServer()).url()], { timeout: 10_000 });
    assert.equal(stdout, 'done\n');
  });
});

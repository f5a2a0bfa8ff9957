import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';

const program = join(__dirname, 'fixtures', 'idle-process.js');

/**
 * Runs a case in a child process. Resolves with its output lines and its run time; a process that does not end is
 * killed.
 */
async function live(what: string): Promise<{ lines: string[]; took: number }> {
  const began = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, [program, what], { timeout: 60_000 });
  return { lines: stdout.trim().split('\n'), took: performance.now() - began };
}

describe('a process with a pool', () => {
  it('ends while the pool is open, idle and has its minimum', async () => {
    const { lines, took } = await live('idle');
    assert.deepEqual(lines, ['idle']);
    assert.ok(took < 25_000, `${took} ms`);
  });

  it('does not end while somebody waits for a connection', async () => {
    assert.deepEqual((await live('waiting')).lines, ['POOL_ACQUIRE_TIMEOUT']);
  });

  it('ends while the pool would open its minimum but cannot', async () => {
    assert.deepEqual((await live('down')).lines, ['POOL_ACQUIRE_TIMEOUT']);
  });

  it('does not end while somebody waits without end for a server that is down', async () => {
    assert.deepEqual((await live('patient')).lines, ['served']);
  });

  it('ends at once after a close', async () => {
    const { lines, took } = await live('closed');
    assert.deepEqual(lines, ['POOL_CLOSED', 'closed']);
    assert.ok(took < 25_000, `${took} ms`);
  });
});

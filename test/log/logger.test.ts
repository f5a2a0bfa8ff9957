import assert from 'node:assert/strict';
import { Console } from 'node:console';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import pino from 'pino';
import type { Logger } from 'node-mysqlpool';
import { startLog } from '#internal/log/index.js';
import { fakePool, type FakePool } from '../pool/support/pool.js';

/** A stream that keeps what is written to it, line by line. */
function lines(): { readonly stream: Writable; readonly written: string[] } {
  const written: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _, done) {
      written.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
  return { stream, written };
}

/** One loan, on a pool with that logger. */
async function lendOnce(t: TestContext, logger: Logger | undefined): Promise<FakePool> {
  const fake = fakePool(t);
  startLog(fake.pool, logger);
  (await fake.acquire({ label: 'upload' })).release();
  await fake.clock.settle();
  return fake;
}

const LOAN = [
  'open',
  'connection 1 is being opened',
  '1 in line, last upload',
  'connection 1 opened in 0.0 ms',
  'connection 1 lent to upload (loan 1, waited 0.0 ms)',
  'connection 1 came back from upload (loan 1, held 0.0 ms)',
];

describe('a logger', () => {
  it('can be one of pino: fields and text', async (t) => {
    const { stream, written } = lines();
    await lendOnce(t, pino({ level: 'debug' }, stream));
    const told = written.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(told.map(({ msg }) => String(msg)).toSorted(), LOAN.toSorted());
    const lent = told.find(({ event }) => event === 'acquired');
    const { time: _t, pid: _p, hostname: _h, ...rest } = lent!;
    assert.deepEqual(rest, {
      level: 20, pool: 'test', event: 'acquired', loan: 1, connection: 1, waited: 0, label: 'upload',
      msg: 'connection 1 lent to upload (loan 1, waited 0.0 ms)',
    }); // prettier-ignore
  });

  it('is not given what its level leaves out', async (t) => {
    const { stream, written } = lines();
    await lendOnce(t, pino({ level: 'info' }, stream));
    assert.deepEqual(
      written.map((line) => (JSON.parse(line) as { msg: string }).msg),
      ['open', 'connection 1 opened in 0.0 ms'],
    );
  });

  it('can be a console, which gets the text with the name of the pool', async (t) => {
    const { stream, written } = lines();
    await lendOnce(t, new Console(stream));
    assert.deepEqual(written.toSorted(), LOAN.map((line) => `mysqlpool test: ${line}`).toSorted());
  });

  it('that throws or rejects disturbs nobody, and is told of once', async (t) => {
    const fail = (): never => {
      throw new Error('disk full');
    };
    const refuse = (): Promise<never> => Promise.reject(new Error('disk full'));
    for (const broken of [fail, refuse] as (() => unknown)[]) {
      const warned = once(process, 'warning');
      const fake = await lendOnce(t, { debug: broken, info: broken, warn: broken, error: broken });
      const [warning] = (await warned) as [Error];
      assert.equal(warning.name, 'PoolLoggerWarning');
      assert.equal(warning.message, 'the logger of a pool failed: disk full');
      const more: Error[] = [];
      const note = (error: Error): void => void more.push(error);
      process.on('warning', note);
      (await fake.acquire()).release();
      await fake.clock.settle();
      process.off('warning', note);
      assert.deepEqual([more, fake.counts().idle], [[], 1]);
    }
  });

  it('that is none adds nothing to the pool', (t) => {
    const fake = fakePool(t);
    const on = t.mock.method(fake.pool, 'on');
    startLog(fake.pool, undefined);
    assert.equal(on.mock.callCount(), 0);
    startLog(fake.pool, console);
    assert.ok(on.mock.callCount() > 0);
  });
});

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { resolveOptions, type PoolOptions } from 'node-mysqlpool/pool';
import { advise } from '#internal/mysql/server-facts.js';
import { SERVER_KINDS, startOwnServer, type OwnServer } from '../support/servers/index.js';
import { poolOn } from './support.js';

describe("what the server's limits mean for a pool", () => {
  const facts = { waitTimeout: 28_800, maxConnections: 151, maxUserConnections: 0 };
  const adviceFor = (options: PoolOptions, more: Partial<typeof facts> = {}): ReturnType<typeof advise> =>
    advise({ ...facts, ...more }, resolveOptions(options), new Set(Object.keys(options)));

  it('is nothing for the defaults on a server as it comes', () => {
    assert.deepEqual(adviceFor({}), { changes: {}, warnings: [] });
  });

  it('is shorter idle times, without a word where nobody has chosen them', () => {
    const advice = adviceFor({}, { waitTimeout: 60 });
    assert.deepEqual(advice, { changes: { keepaliveInterval: 30_000, idleTimeout: 54_000 }, warnings: [] });
  });

  it('is a warning with figures for what somebody has chosen', () => {
    const { changes, warnings } = adviceFor({ idleTimeout: 600_000, keepaliveInterval: 10_000 }, { waitTimeout: 60 });
    assert.deepEqual(changes, { idleTimeout: 54_000 });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^idleTimeout is 600000 ms, .* 60000 ms of silence \(wait_timeout\); 54000 ms is used$/);
    assert.match(adviceFor({ idleTimeout: 0, keepaliveInterval: 0 }, { waitTimeout: 60 }).warnings[0]!, /0 \(off\)/);
  });

  it('leaves connections alone that pings keep awake for ever', () => {
    assert.deepEqual(adviceFor({ idleTimeout: 0, keepaliveInterval: 10_000 }, { waitTimeout: 60 }).changes, {});
  });

  it('is a warning when there is not room for maxSize', () => {
    assert.match(
      adviceFor({ maxSize: 200 }).warnings[0]!,
      /maxSize is 200, but the server allows 151 .*max_connections/,
    );
    assert.match(adviceFor({}, { maxUserConnections: 5 }).warnings[0]!, /allows 5 .*max_user_connections/);
  });
});

for (const kind of SERVER_KINDS) {
  describe(`asking the server (${kind})`, () => {
    let server: OwnServer;
    before(async () => {
      server = await startOwnServer(kind, { waitTimeout: 20, maxConnections: 12 });
    });
    after(() => server[Symbol.asyncDispose]());

    it('happens once, warns once, and shortens the idle times', async (t) => {
      const warnings: (Error & { code?: string })[] = [];
      const listen = (warning: Error): unknown => warnings.push(warning);
      process.on('warning', listen);
      t.after(() => process.off('warning', listen));
      const pool = poolOn(t, server, { maxSize: 50, idleTimeout: 30_000 });
      await pool.warmUp(5);
      await new Promise(setImmediate);
      assert.deepEqual([pool.options.idleTimeout, pool.options.keepaliveInterval], [18_000, 10_000]);
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ['MYSQLPOOL_SETTING', 'MYSQLPOOL_SETTING'],
      );
      assert.match(warnings.map(({ message }) => message).join('\n'), /^shop: idleTimeout .*\nshop: maxSize is 50/);
    });
  });
}

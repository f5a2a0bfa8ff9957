import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EffectCache, type Effects } from '#internal/session/effect-cache.js';

const SET = "SET time_zone = '+01:00'";

const twice = (effects: Effects, sql: string): void => {
  for (let n = 0; n < 2; n++) effects.of(sql);
};

describe('the effects that a pool remembers', () => {
  it('are found again, by all connections of the same kind', () => {
    const cache = new EffectCache();
    cache.for({ server: 'mysql' }).of(SET);
    const first = cache.for({ server: 'mysql' }).of(SET);
    assert.equal(cache.for({ server: 'mysql' }).of(SET), first);
    assert.equal(cache.for({ server: 'mysql' }), cache.for({ server: 'mysql', several: false }));
  });

  it('are told apart by what the connection may do, and by the server', () => {
    const cache = new EffectCache();
    const several = 'SELECT 1; SET @a = 1';
    assert.equal(cache.for({ several: false }).of(several).kind, 'read');
    assert.equal(cache.for({ several: true }).of(several).kind, 'dirty');
    assert.equal(cache.for({ server: 'mysql' }).of('SELECT ANY_VALUE(a) FROM t').kind, 'read');
    assert.equal(cache.for({ server: 'mariadb' }).of('SELECT ANY_VALUE(a) FROM t').kind, 'dirty');
  });

  it('never take more than 2 MB, all kinds of connections together', () => {
    const cache = new EffectCache();
    const kinds = [cache.for({ server: 'mysql' }), cache.for({ server: 'mariadb' })] as const;
    let most = 0;
    for (let n = 0; n < 5_000; n++) {
      twice(kinds[n % 2]!, `SELECT ${n} ${'x'.repeat(n % 9_000)}`);
      most = Math.max(most, cache.size);
    }
    assert.ok(most > 1_000_000 && most <= 2_000_000, `${most} bytes`);
    for (let n = 0; n < 50_000; n++) {
      twice(kinds[n % 2]!, `SELECT ${n}`);
      most = Math.max(most, cache.size);
    }
    assert.ok(most <= 2_000_000, `${most} bytes`);
  });

  it('are not kept of long texts, nor of those that come once or hold their values', () => {
    const cache = new EffectCache();
    const effects = cache.for({});
    twice(effects, `SELECT '${'x'.repeat(20_000)}'`);
    effects.once(SET);
    for (let n = 0; n < 10_000; n++) effects.of(`SELECT ${n}`);
    assert.equal(cache.size, 0);
    twice(effects, 'SELECT 1'.padEnd(10_001));
    assert.equal(cache.size, 0);
    twice(effects, 'SELECT 1'.padEnd(10_000));
    assert.ok(cache.size > 20_000);
    assert.notEqual(effects.of(SET), effects.once(SET));
  });

  it('are judged anew when more is known of what is behind a name', () => {
    const cache = new EffectCache();
    const effects = cache.for({});
    assert.equal(effects.of('SELECT * FROM v').kind, 'read');
    cache.hide({ onUse: new Set(['v']), onWrite: new Set(), onFailure: new Set() });
    assert.equal(effects.of('SELECT * FROM v').kind, 'dirty');
    assert.equal(cache.for({ several: true }).of('SELECT * FROM v').kind, 'dirty');
    cache.hide(undefined);
    assert.equal(effects.of('SELECT * FROM v').kind, 'read');
  });

  it('trusts no view that was being made while somebody looked', () => {
    const cache = new EffectCache();
    const effects = cache.for({});
    const answered = cache.expect('CREATE VIEW v AS SELECT f()');
    cache.isOutdated = false;
    cache.hide(undefined);
    assert.equal(effects.of('SELECT * FROM v').kind, 'dirty');
    answered();
    assert.equal(cache.isOutdated, true);
    assert.equal(effects.of('SELECT * FROM v').kind, 'dirty');
    cache.hide(undefined);
    assert.equal(effects.of('SELECT * FROM v').kind, 'read');
  });
});

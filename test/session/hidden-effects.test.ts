import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EffectCache } from '#internal/session/effect-cache.js';
import { definitionsOf, hiddenEffects, type Definition } from '#internal/session/hidden-effects.js';
import { effectOf } from '#internal/session/statement.js';

const view = (name: string, definition: string): Definition => ({ kind: 'view', name, definition });
const trigger = (name: string, definition: string): Definition => ({ kind: 'trigger', name, definition });

function hidden(...definitions: Definition[]): { onUse: string[]; onWrite: string[] } {
  const found = hiddenEffects(definitions, 'mysql');
  return { onUse: [...(found?.onUse ?? [])].toSorted(), onWrite: [...(found?.onWrite ?? [])].toSorted() };
}

describe('what views and triggers may do', () => {
  it('is not told when they fail', () => {
    for (const body of [
      'SET @last = NEW.id',
      "SET time_zone = '+09:00'",
      'SET NEW.a = IF(1, 2, 3), sql_mode = DEFAULT',
      'BEGIN IF NEW.a > 1 THEN SET SESSION sort_buffer_size = 1048576; END IF; END',
      'BEGIN UPDATE u SET b = 1; SET NAMES latin1; END',
      "SET NEW.a = 'a\\nb', NEW.b = 2",
      'SET NEW.a = /*!1, time_zone = */ 1',
      'SET NEW.a = 1 /*!, time_zone = 2 */',
      'SET NEW.a = 1; # a \\ in a comment',
      // As MariaDB has it under sql_mode = ORACLE.
      "BEGIN time_zone := '+09:00'; END",
      'BEGIN LOOP SET time_zone = 1; END LOOP; END',
      'BEGIN IF (NEW.a) THEN SET NEW.a = 1; ELSE SET time_zone = 1; END IF; END',
    ]) {
      const definitions = [
        trigger('t', body),
        trigger('first', 'INSERT INTO t VALUES (1)'),
        view('over_t', 'select `a` from `t`'),
        view('other', 'select `a` from `u`'),
      ];
      const found = hiddenEffects(definitions, 'mysql')!;
      assert.deepEqual([...found.onFailure].toSorted(), ['first', 'over_t', 't'], body);
      assert.equal(found.onWrite.size, 0, body);
    }
  });

  it('is nothing for plain ones', () => {
    assert.equal(hiddenEffects([], 'mysql'), undefined);
    for (const body of [
      'SET NEW.x = UPPER(NEW.y)',
      'SET NEW.x := COALESCE(NEW.y, 1)',
      'INSERT INTO audit (a, b) VALUES (NEW.id, NOW())',
      "BEGIN IF (NEW.a > 1) THEN SET NEW.a = 1; ELSEIF NEW.a < 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'call f()'; END IF; INSERT INTO audit (a) SELECT COUNT(*) FROM t; UPDATE u SET b = b + 1 WHERE id IN (1, 2); END",
      'BEGIN DECLARE n INT(11) DEFAULT 0; SELECT COUNT(*) INTO n FROM t; SET NEW.n = n; END',
      'SET NEW.a = IF(NEW.b, 1, 2), NEW.c = 3',
      'SET NEW.a = @@max_connections',
      'BEGIN DECLARE n INT; GET DIAGNOSTICS n = NUMBER; SET NEW.n = n; END',
    ]) {
      assert.equal(
        hiddenEffects([trigger('t', body), view('v', "select COUNT(0) AS `n`, 'a\\nb' from `shop`.`t`")], 'mysql'),
        undefined,
        body,
      );
    }
  });

  it('is anything where they call, lock, set or run what nothing tells', () => {
    for (const body of [
      'SET NEW.x = f(NEW.y)',
      "SET NEW.x = GET_LOCK('a', 1)",
      'SELECT 1 INTO @a',
      'GET DIAGNOSTICS @a = NUMBER',
      'BEGIN DECLARE EXIT HANDLER FOR SQLEXCEPTION GET CURRENT DIAGNOSTICS CONDITION 1 @a = MESSAGE_TEXT; END',
      'BEGIN DECLARE n INT; SELECT 1 INTO @a; END',
      'SET NEW.x = (@a := 1)',
      'CALL p()',
      'CALL p',
      'SET ROLE r',
      'BEGIN CREATE TEMPORARY TABLE x SELECT 1; END',
      "SET NEW.x = 'it\\'s', NEW.y = shop.f()",
      '',
    ]) {
      assert.deepEqual(hidden(trigger('T', body)), { onUse: [], onWrite: ['t'] }, body);
      const mayAssign = body === '' || /@|ROLE|\\/.test(body);
      assert.equal(hiddenEffects([trigger('T', body)], 'mysql')!.onFailure.has('t'), mayAssign, body);
    }
    for (const body of ['select `shop`.`f`() AS `a`', 'select f(1)', "select get_lock('a',1)", '']) {
      assert.deepEqual(hidden(view('V', body)), { onUse: ['v'], onWrite: [] }, body);
    }
  });

  it('is read from the answer of the server, where a definition may be missing', () => {
    assert.deepEqual(
      definitionsOf([
        { kind: 'view', name: 'v', definition: 'select 1' },
        { kind: 'trigger', name: 't', definition: 'SET NEW.a = 1' },
        // What may not be looked at, or is too long.
        { kind: 'view', name: 5, definition: null },
      ]),
      [view('v', 'select 1'), trigger('t', 'SET NEW.a = 1'), view('5', '')],
    );
  });

  it('goes through views over views, and triggers that write to tables with triggers', () => {
    const found = hidden(
      view('top', 'select * from `middle`'),
      view('middle', 'select * from `bottom`'),
      view('bottom', 'select f() AS `x1`'),
      view('plain', 'select 1'),
      trigger('a', 'INSERT INTO b (id) VALUES (1)'),
      trigger('b', 'CALL p()'),
      trigger('c', 'INSERT INTO d SELECT * FROM top'),
      trigger('d', 'SET NEW.x = 1'),
      view('over_a', 'select * from `a`'),
    );
    assert.deepEqual(found, { onUse: ['bottom', 'middle', 'top'], onWrite: ['a', 'b', 'c', 'over_a'] });
  });

  it('has to be looked at again when what is renamed or used does something by itself', () => {
    const found = hiddenEffects([trigger('t', 'SELECT 1 INTO @a'), view('v', 'select `f`() AS `a`')], 'mysql');
    for (const sql of [
      'RENAME TABLE t TO u',
      'ALTER TABLE t RENAME u',
      'CREATE VIEW w AS SELECT a FROM v',
      'CREATE DEFINER = user@localhost VIEW w AS SELECT 1',
    ])
      assert.equal('defines' in effectOf(sql, { hidden: found }), true, sql);
  });

  it('is not known of what has just been made', () => {
    const cache = new EffectCache();
    const effects = cache.for({ server: 'mysql' });
    const answered = cache.expect('CREATE TRIGGER r BEFORE INSERT ON t FOR EACH ROW CALL p()');
    assert.equal(effects.of('INSERT INTO t VALUES (1)').kind, 'dirty');
    assert.equal(cache.isOutdated, true);
    answered();
    cache.hide(undefined);
    assert.equal(effects.of('INSERT INTO t VALUES (1)').kind, 'write');
  });
});

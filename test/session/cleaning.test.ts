/** What it takes to clean a session, for what was said in it. Without a server: answers are written as servers give them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  cleaningPlan,
  effectOf,
  SessionState,
  SessionVariables,
  type Change,
  type CleaningMode,
} from '#internal/session/index.js';

const AUTOCOMMIT = 2;
const IN = 3;

/** A statement, and what the server says to it; `fails`: that it does not take it. */
interface Said {
  readonly sql: string;
  readonly status?: number;
  readonly schema?: string;
  readonly told?: Readonly<Record<string, string>>;
  readonly changed?: boolean;
  readonly fails?: true;
}

const FIRST = {
  autocommit: 'ON',
  time_zone: 'SYSTEM',
  sql_mode: 'STRICT_ALL_TABLES',
  transaction_isolation: 'REPEATABLE-READ',
  transaction_read_only: 'OFF',
  max_execution_time: '0',
  character_set_client: 'latin1',
};

function changeOf({ schema, told = {}, changed }: Said): Change | undefined {
  if (schema === undefined && changed === undefined && Object.keys(told).length === 0) return undefined;
  return { schema: schema ?? null, variables: told, isStateChanged: changed ?? true };
}

function fresh(schema = 'shop', isTracked = true): SessionState {
  const state = new SessionState(
    new SessionVariables(false, { charset: 'latin1', collation: 'latin1_german1_ci' }),
    schema,
  );
  state.begin(AUTOCOMMIT, isTracked ? { schema: null, variables: FIRST, isStateChanged: true } : undefined);
  return state;
}

/** Sends all of it, then takes the answers: as much may be under way at once as there is. */
function say(state: SessionState, said: readonly (Said | string)[]): SessionState {
  const all = said.map((each) => (typeof each === 'string' ? { sql: each } : each));
  const effects = all.map(({ sql }) => effectOf(sql));
  for (const effect of effects) state.sent(effect);
  all.forEach((each, index) => {
    const effect = effects[index]!;
    if (each.fails === true) state.failed(effect);
    else if (effect.kind !== 'read') state.answered(effect, each.status ?? AUTOCOMMIT, changeOf(each));
  });
  return state;
}

function steps(state: SessionState, mode: CleaningMode = 'auto', hasInit = false): string {
  const plan = cleaningPlan(state, mode, hasInit);
  if (plan === undefined) return 'nothing';
  return plan.steps
    .map((step) => {
      if (step.do === 'end' || step.do === 'drop' || (step.do === 'set' && plan.kind !== 'reset')) return step.sql;
      if (step.do === 'use') return `USE ${step.schema}`;
      if (step.do === 'destroy') return `destroy: ${step.reason}`;
      return step.do;
    })
    .join('; ');
}

const USE_OTHER: Said = { sql: 'USE other', schema: 'other' };
const TEMPORARY: Said = { sql: 'CREATE TEMPORARY TABLE mine (n INT)', changed: true };
const DROPPED: Said = { sql: 'DROP TEMPORARY TABLE IF EXISTS mine', changed: true };
const ZONE: Said = { sql: "SET time_zone = '+09:00'", told: { time_zone: '+09:00' }, status: IN };
const BEGIN: Said = { sql: 'BEGIN', status: IN };
const RESET = 'reset; learn; set; USE shop';
const KEEPS_TEXTS = 'destroy: the server keeps texts of its statements (profiling, optimizer_trace)';
const FOREIGN = 'destroy: its user or its role was changed';

const table: Record<string, readonly [said: readonly (Said | string)[], auto: string, session?: string]> = {
  'nothing said': [[], 'nothing', RESET],
  'a read': [['SELECT 1'], 'nothing', RESET],
  'a write': [['INSERT INTO t VALUES (1)'], 'nothing', RESET],
  'a transaction, committed': [[BEGIN, 'COMMIT'], 'nothing', RESET],
  'an open transaction': [[BEGIN], 'ROLLBACK', RESET],
  'autocommit off': [
    [{ sql: 'SET autocommit = 0', status: 0, told: { autocommit: 'OFF' } }, 'SELECT 1'],
    "ROLLBACK; SET autocommit = 'ON'",
  ],
  'a variable': [[{ sql: "SET time_zone = '+09:00'", told: { time_zone: '+09:00' } }], "SET time_zone = 'SYSTEM'"],
  'a variable that the server does not report': [["SET time_zone = '+09:00'"], "SET time_zone = 'SYSTEM'"],
  'a variable, refused': [[{ sql: "SET time_zone = 'nowhere'", fails: true }], "SET time_zone = 'SYSTEM'"],
  'two names of one variable': [
    ['SET SESSION transaction_isolation = 0', 'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
    "SET transaction_isolation = 'REPEATABLE-READ', transaction_read_only = 'OFF'",
  ],
  'a character set': [['SET NAMES utf8mb4'], 'SET NAMES latin1 COLLATE latin1_german1_ci'],
  'a collation': [["SET collation_connection = 'utf8mb4_bin'"], 'SET NAMES latin1 COLLATE latin1_german1_ci'],
  'a variable whose first value nobody knows': [['SET group_concat_max_len = 5'], RESET],
  'another database': [[USE_OTHER], 'USE shop', RESET],
  'another database and back': [[USE_OTHER, { sql: 'USE shop', schema: 'shop' }], 'nothing', RESET],
  'another database and a variable in a transaction': [
    [USE_OTHER, BEGIN, { sql: "SET time_zone = '+09:00'", status: IN }],
    "ROLLBACK; SET time_zone = 'SYSTEM'; USE shop",
  ],
  'what a trigger has changed': [[{ sql: 'INSERT INTO t VALUES (1)', changed: true }], `ROLLBACK; ${RESET}; identify`],
  'a user variable': [['SET @a = 1'], RESET],
  'a user variable, which the server reports': [[{ sql: 'SET @a = 1', changed: true }], RESET],
  'texts that the server keeps': [['SET profiling = 1'], KEEPS_TEXTS, KEEPS_TEXTS],
  'a temporary table': [[TEMPORARY], 'DROP TEMPORARY TABLE IF EXISTS `mine`', RESET],
  'two temporary tables and more': [
    [
      BEGIN,
      { ...TEMPORARY, status: IN },
      { sql: 'CREATE TEMPORARY TABLE `two` (n INT)', changed: true, status: IN },
      ZONE,
    ],
    "ROLLBACK; SET time_zone = 'SYSTEM'; DROP TEMPORARY TABLE IF EXISTS `mine`, `two`",
  ],
  'a temporary table, refused': [[{ ...TEMPORARY, fails: true }], 'ROLLBACK; DROP TEMPORARY TABLE IF EXISTS `mine`'],
  'a temporary table, dropped by its borrower': [[TEMPORARY, DROPPED], 'nothing', RESET],
  'a temporary table, dropped in vain': [
    [{ ...DROPPED, fails: true }],
    'ROLLBACK; DROP TEMPORARY TABLE IF EXISTS `mine`',
    RESET,
  ],
  'a temporary table, perhaps there, dropped and made anew': [
    [DROPPED, TEMPORARY],
    'DROP TEMPORARY TABLE IF EXISTS `mine`',
    RESET,
  ],
  'a temporary table, dropped in another database': [[TEMPORARY, USE_OTHER, DROPPED], RESET],
  'a temporary table of rows': [['CREATE TEMPORARY TABLE mine SELECT 1 AS n'], RESET],
  'a temporary table with another name by now': [[TEMPORARY, 'ALTER TABLE mine RENAME TO other'], RESET],
  'a temporary table, renamed': [[TEMPORARY, 'RENAME TABLE mine TO other'], RESET],
  'a temporary table of another database': [[USE_OTHER, TEMPORARY], RESET],
  'a temporary table, then another database and back': [
    [TEMPORARY, USE_OTHER, { sql: 'USE shop', schema: 'shop' }],
    RESET,
  ],
  'a temporary table, and something else that the server has noticed': [
    [TEMPORARY, { sql: 'INSERT INTO t VALUES (1)', changed: true }],
    `ROLLBACK; ${RESET}; identify`,
  ],
  'a procedure': [['CALL p()'], `ROLLBACK; ${RESET}; identify`],
  'a role': [['SET ROLE r'], FOREIGN, FOREIGN],
  'the next transaction': [['SET TRANSACTION READ ONLY'], RESET],
  'the next transaction, and a statement that begins none': [
    ['SET TRANSACTION READ ONLY', { sql: 'USE shop', schema: 'shop' }],
    RESET,
  ],
  'the next transaction, begun and over': [['SET TRANSACTION READ ONLY', BEGIN, 'COMMIT'], 'nothing', RESET],
  'the next transaction, said while others were under way': [[BEGIN, 'COMMIT', 'SET TRANSACTION READ ONLY'], RESET],
  'the next transaction, refused in one that is open': [
    [BEGIN, { sql: 'SET TRANSACTION READ ONLY', fails: true }],
    'ROLLBACK',
  ],
  'XA, unfinished': [
    [{ sql: "XA START 'x'", status: IN }],
    'destroy: a distributed transaction (XA) was left unfinished',
    'destroy: a distributed transaction (XA) was left unfinished',
  ],
  'XA, finished': [[{ sql: "XA START 'x'", status: IN }, "XA COMMIT 'x' ONE PHASE"], RESET],
};

describe('a cleaning plan', () => {
  it('is called by the most that it does', () => {
    const zone: Said = { sql: "SET time_zone = '+09:00'", status: IN };
    for (const [said, kind] of [
      [[BEGIN], 'rollback'],
      [[zone], 'variables'],
      [[USE_OTHER], 'variables'],
      [[BEGIN, USE_OTHER], 'variables'],
      [['SET @a = 1'], 'reset'],
      [['SET ROLE r'], 'none'],
    ] as const)
      assert.equal(cleaningPlan(say(fresh(), said), 'auto', false)?.kind, kind);
  });

  for (const [name, [said, auto, session]] of Object.entries(table)) {
    it(`after ${name}`, () => {
      assert.equal(steps(say(fresh(), said)), auto);
      if (session !== undefined) assert.equal(steps(say(fresh(), said), 'session'), session);
      assert.equal(steps(say(fresh(), said), 'none'), auto === FOREIGN ? FOREIGN : 'nothing');
    });
  }

  it('ends transactions and no more in the modes for that', () => {
    const failed: Said = { sql: 'CALL p()', fails: true };
    const noAutocommit: Said = { sql: 'SET autocommit = 0', status: 0, told: { autocommit: 'OFF' } };
    for (const [mode, end] of [
      ['rollback', 'ROLLBACK'],
      ['commit', 'COMMIT'],
    ] as const) {
      for (const said of [[BEGIN], [failed], [noAutocommit, 'SELECT 1']]) {
        assert.equal(steps(say(fresh(), said), mode), end, JSON.stringify(said));
      }
      assert.equal(steps(say(fresh(), ['SET @a = 1', USE_OTHER]), mode), 'nothing');
      assert.match(steps(say(fresh(), [{ sql: "XA START 'x'", status: IN }]), mode), /^destroy: .*XA/);
    }
  });

  it('destroys what has a default database now and had none', () => {
    assert.match(steps(say(fresh(''), [USE_OTHER])), /^destroy: .*database/);
    assert.match(steps(say(fresh(''), [USE_OTHER, 'SET @a = 1'])), /^destroy: .*database/);
  });

  it('destroys whatever did more than read when nothing tells of changes', () => {
    const unseen = 'destroy: the server does not tell what has changed';
    assert.equal(steps(say(fresh('shop', false), ['SELECT 1', 'SHOW TABLES'])), 'nothing');
    for (const sql of ['INSERT INTO t VALUES (1)', 'USE other', 'BEGIN', 'SET @a = 1', 'SET autocommit = 1']) {
      assert.equal(steps(say(fresh('shop', false), [sql])), unseen, sql);
    }
    assert.equal(steps(fresh('shop', false), 'session'), unseen);
  });

  it('destroys instead of a reset where the server does more to new sessions than can be done again', () => {
    const state = fresh();
    state.hasOwnStart = true;
    assert.equal(steps(state), 'nothing');
    assert.match(steps(say(state, ['SET @a = 1'])), /^destroy: .*init_connect/);
  });

  it('resets where the init may have made a temporary table of the same name, or one that is missing now', () => {
    for (const said of [[TEMPORARY], [DROPPED]]) {
      const state = fresh();
      state.mayHaveTables = true;
      assert.equal(steps(say(state, said), 'auto', true), `${RESET}; init`);
    }
  });

  it('drops the temporary tables of one loan only', () => {
    const state = say(fresh(), [TEMPORARY]);
    state.forget();
    assert.equal(steps(state), 'nothing');
    say(state, [USE_OTHER, { sql: 'USE shop', schema: 'shop' }]).endLoan();
    assert.equal(steps(say(state, [TEMPORARY])), 'DROP TEMPORARY TABLE IF EXISTS `mine`');
  });

  it('does the init again, before the server is asked who the session acts as', () => {
    assert.equal(steps(say(fresh(), ['CALL p()']), 'auto', true), `ROLLBACK; ${RESET}; init; identify`);
  });

  it('says what the init has left as the clean state', () => {
    const state = say(fresh(), [{ sql: "SET time_zone = '+02:00'", told: { time_zone: '+02:00' } }, USE_OTHER]);
    state.adopt();
    assert.equal(steps(state), 'nothing');
    assert.equal(
      steps(say(state, ['SET time_zone = SYSTEM', { sql: 'USE shop', schema: 'shop' }])),
      "SET time_zone = '+02:00'; USE other",
    );
  });

  it('says after a reset what the reset does not leave as it was at first, and always what we rely on', () => {
    const state = say(fresh(), [{ sql: "SET time_zone = '+02:00'", told: { time_zone: '+02:00' } }]);
    state.adopt();
    const afterReset = (): string => {
      const plan = cleaningPlan(say(state, ['SET @a = 1']), 'auto', false);
      const set = plan?.steps.find((step) => step.do === 'set');
      return set?.sql.replace(/session_track_system_variables = '.*'/, 'all') ?? '';
    };
    const names = 'SET NAMES latin1 COLLATE latin1_german1_ci';
    const trackers = 'session_track_schema = 1, session_track_state_change = 1, all';
    const reliedOn = "autocommit = 'ON', sql_mode = 'STRICT_ALL_TABLES'";
    assert.equal(afterReset().match(/ = /g)?.length, 6 + 2, 'all, while nobody knows what a reset leaves');
    state.variables.learnReset({ ...FIRST, time_zone: 'SYSTEM', max_execution_time: '5' });
    const sent = afterReset();
    for (const part of [reliedOn.split(', ')[0]!, reliedOn.split(', ')[1]!, "time_zone = '+02:00'"])
      assert.ok(sent.includes(part), part);
    assert.ok(sent.startsWith(names) && sent.endsWith(trackers));
    assert.ok(sent.includes('max_execution_time = 0'));
    assert.ok(!sent.includes('transaction_'));
    assert.equal(steps(say(state, ['SET @a = 1'])), 'reset; set; USE shop', 'it is found out once');
  });

  it('tells two sets of values apart, saying what is not known and nothing that is there', () => {
    const { variables } = fresh();
    const values = (...all: [string, string][]): Map<string, string> => new Map(all);
    const zone: [string, string] = ['time_zone', 'SYSTEM'];
    assert.equal(variables.difference(values(zone), values(zone)), '');
    assert.equal(variables.difference(values(['time_zone', '+01:00']), values(zone)), "SET time_zone = 'SYSTEM'");
    assert.equal(variables.difference(new Map([['time_zone', undefined]]), values(zone)), "SET time_zone = 'SYSTEM'");
    assert.equal(variables.difference(values(zone), values()), undefined);
  });

  it('does not put back a variable that the init has changed to who knows what', () => {
    const state = say(fresh(), ["SET time_zone = '+02:00'"]);
    state.adopt();
    assert.equal(steps(say(state, ["SET time_zone = '+03:00'"])), RESET);
  });
});

describe('what a prepared statement is bound to', () => {
  const names: Record<string, readonly [said: readonly (Said | string)[], isSame: boolean]> = {
    'a read': [['SELECT 1'], true],
    'a write': [['INSERT INTO t VALUES (1)', BEGIN, 'COMMIT'], true],
    'a lock_wait_timeout': [[{ sql: 'SET lock_wait_timeout = 7', told: { lock_wait_timeout: '7' } }], true],
    'another time zone': [[{ sql: "SET time_zone = '+02:00'", told: { time_zone: '+02:00' } }], false],
    'another language': [[{ sql: "SET lc_time_names = 'de_DE'", told: { lc_time_names: 'de_DE' } }], false],
    'a group_concat_max_len': [[{ sql: 'SET group_concat_max_len = 7', told: { group_concat_max_len: '7' } }], false],
    'a character set by a routine': [[{ sql: 'CALL p()', told: { character_set_client: 'utf8mb4' } }], false],
    'a lock_wait_timeout by a routine': [[{ sql: 'CALL p()', told: { lock_wait_timeout: '7' } }], true],
    'another database': [[USE_OTHER], false],
    'another database and back': [[USE_OTHER, { sql: 'USE shop', schema: 'shop' }], true],
    'another sql_mode': [[{ sql: "SET sql_mode = ''", told: { sql_mode: '' } }], false],
    'a sql_mode by a routine': [[{ sql: 'CALL p()', told: { sql_mode: 'ANSI_QUOTES' } }], false],
    'another character set': [['SET NAMES utf8mb4'], false],
    'a collation': [['SET collation_connection = utf8mb4_bin'], false],
  };
  for (const [name, [said, isSame]] of Object.entries(names)) {
    it(`${isSame ? 'stays' : 'does not stay'} the same after ${name}`, () => {
      const state = fresh();
      const before = state.preparedUnder;
      say(state, said);
      assert.equal(state.preparedUnder === before, isSame);
      state.forget();
      assert.equal(state.preparedUnder, before, 'once it is clean again');
    });
  }

  it('is not known when nothing tells of changes and there was more than reading', () => {
    const state = fresh('shop', false);
    assert.equal(say(state, ['SELECT 1']).preparedUnder, '');
    assert.equal(say(state, ['USE other']).preparedUnder, undefined);
  });

  it('has another name in the clean state after an init that has changed it', () => {
    const state = fresh();
    const before = state.preparedUnder;
    say(state, [USE_OTHER]).adopt();
    assert.notEqual(state.preparedUnder, before);
    const clean = state.preparedUnder;
    say(state, [{ sql: 'USE shop', schema: 'shop' }]);
    assert.notEqual(state.preparedUnder, clean);
  });
});

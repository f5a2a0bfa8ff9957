import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { checkLimits } from '#internal/cli/doctor/check-limits.js';
import { answered, database, facts, pool, server, severities } from './facts.js';

const LINES = { maxSize: { name: 'pool_size', line: 'pool_size in the file', unit: 'seconds' as const } };
const sized = (maxSize: number): ReturnType<typeof pool> => pool({ maxSize, lines: LINES });

describe('the doctor on max_connections', () => {
  it('finds no fault when everything fits twice', () => {
    const [finding, ...others] = checkLimits(facts({ processes: 3 }));
    assert.deepEqual(others, []);
    assert.equal(finding!.severity, 'ok');
    assert.equal(
      finding!.seen,
      '3 processes x 10 connections = 30; the server lets in 151 (max_connections), of which others have 0 now.',
    );
  });

  it('finds processes x limit above what the server lets in, and says what would fit', () => {
    assert.deepEqual(checkLimits(facts({ processes: 4, databases: [database({ pool: sized(60) })] })), [
      {
        severity: 'error',
        check: 'max_connections',
        about: 'default',
        seen: '4 processes x 60 connections = 240; the server lets in 151 (max_connections), of which others have 0 now.',
        why: 'When all are busy, 89 connections will be refused with "Too many connections", other programs\' among them.',
        change:
          'Have at most 37 a process: set pool_size in the file to 37, or MYSQLPOOL_MAX_TOTAL to 37; or raise max_connections to 241 or more.',
      },
    ]);
  });

  it('leaves out what others have, and counts our own processes once', () => {
    const facts100 = server(
      { max_connections: '100' },
      {
        threadsConnected: 61,
        sessions: new Map([
          ['app', 20],
          ['cron', 40],
        ]),
      },
    );
    const of = (maxSize: number): string[] =>
      severities(checkLimits(facts({ databases: [database({ pool: sized(maxSize), server: answered(facts100) })] })));
    // 61 with the doctor's own: 40 are others'.
    const [named] = checkLimits(facts({ databases: [database({ server: answered(facts100) })] }));
    assert.match(named!.seen, /, of which others have 40 now \(cron 40\)\.$/);
    assert.deepEqual(of(61), ['error max_connections']);
    assert.deepEqual(of(60), ['warning max_connections']);
    assert.deepEqual(of(59), ['note max_connections']);
    assert.deepEqual(of(31), ['note max_connections']);
    assert.deepEqual(of(30), ['ok max_connections']);
  });

  it('names those who have most', () => {
    const sessions = new Map([
      ['a', 1],
      ['b', 5],
      ['c', 2],
      ['app', 9],
      ['d', 3],
    ]);
    const crowded = server({}, { threadsConnected: 21, sessions });
    const [finding] = checkLimits(facts({ databases: [database({ server: answered(crowded) })] }));
    assert.match(finding!.seen, /of which others have 11 now \(b 5, d 3, c 2 …\)\.$/);
  });

  it('counts all that it cannot see as others’', () => {
    const blind = server({ max_connections: '100' }, { threadsConnected: 61, sessions: undefined });
    const [finding] = checkLimits(facts({ databases: [database({ pool: sized(41), server: answered(blind) })] }));
    assert.match(finding!.seen, /of which others have 60 now/);
    assert.equal(finding!.severity, 'error');
    const mute = server({ max_connections: '100' }, { threadsConnected: undefined });
    const [other] = checkLimits(facts({ databases: [database({ server: answered(mute) })] }));
    assert.equal(other!.seen, '1 process x 10 connections = 10; the server lets in 100 (max_connections).');
  });

  it('adds up the pools of one server, once each, and not those of another', () => {
    const databases = [
      database({ pool: sized(80) }),
      database({ alias: 'same', poolKey: 'default', pool: sized(80) }),
      database({ alias: 'more', pool: sized(80) }),
      database({ alias: 'elsewhere', address: '127.0.0.1:3307', pool: sized(10) }),
    ];
    const found = checkLimits(facts({ databases }));
    assert.deepEqual(
      found.map(({ severity, about }) => `${severity} ${about}`),
      ['error default, same, more', 'ok elsewhere'],
    );
    assert.match(found[0]!.seen, /^1 process x 160 connections = 160;/);
    assert.match(found[0]!.change!, /^Have at most 151 a process: set MYSQLPOOL_MAX_TOTAL to 151; or raise/);
  });

  it('goes by MYSQLPOOL_MAX_TOTAL where that is lower', () => {
    const [finding] = checkLimits(facts({ maxTotal: 20, databases: [database({ pool: sized(1_000) })] }));
    assert.equal(finding!.severity, 'ok');
    assert.match(finding!.seen, /1 process x 20 connections = 20;/);
  });

  it('says that the number of processes is a guess', () => {
    const [finding] = checkLimits(facts({ processesGiven: false }));
    assert.match(finding!.seen, /^1 process \(say how many with --processes\) x 10 connections = 10;/);
  });

  it('knows when there is no room even for one a process', () => {
    const [finding] = checkLimits(facts({ processes: 200 }));
    assert.equal(finding!.change, 'Raise max_connections to 2001 or more.');
  });

  it('warns of pools without a limit', () => {
    const endless = database({ pool: pool({ maxSize: Infinity, poolClass: 'NullPool' }) });
    assert.deepEqual(severities(checkLimits(facts({ databases: [endless] }))), ['warning unlimited']);
    assert.deepEqual(severities(checkLimits(facts({ databases: [endless], maxTotal: 20 }))), ['ok max_connections']);
  });

  it('says nothing of a server that told nothing', () => {
    const unknown = database({ server: { kind: 'unreachable', why: 'x' } });
    assert.deepEqual(checkLimits(facts({ databases: [unknown] })), []);
    const mute = database({ server: answered({ ...server(), variables: new Map() }) });
    assert.deepEqual(checkLimits(facts({ databases: [mute] })), []);
  });
});

describe('the doctor on max_user_connections', () => {
  const limited = (most: string): ReturnType<typeof answered> => answered(server({ max_user_connections: most }));

  it('finds processes x limit above what the account may have', () => {
    const found = checkLimits(
      facts({ processes: 2, databases: [database({ pool: sized(10), server: limited('15') })] }),
    );
    assert.deepEqual(severities(found), ['ok max_connections', 'error max_user_connections']);
    assert.equal(
      found[1]!.seen,
      '2 processes x 10 connections = 20; the server lets app@% have 15 (max_user_connections).',
    );
    assert.match(found[1]!.change!, /^Have at most 7 a process: .*; or raise the limit of the account to 20\.$/);
  });

  it('counts accounts apart', () => {
    const databases = [
      database({ server: limited('10') }),
      database({ alias: 'reader', user: 'reader', server: limited('10') }),
    ];
    const found = checkLimits(facts({ databases })).filter(({ check }) => check === 'max_user_connections');
    assert.deepEqual(severities(found), ['ok max_user_connections', 'ok max_user_connections']);
  });

  it('knows when there is no room even for one a process', () => {
    const found = checkLimits(facts({ processes: 20, databases: [database({ server: limited('15') })] }));
    assert.equal(found.at(-1)!.change, 'Raise the limit of the account to 200, or run fewer processes.');
  });
});

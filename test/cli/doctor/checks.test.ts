import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveFleet } from '#internal/budget/fleet-options.js';
import { checkHidden } from '#internal/cli/doctor/check-hidden.js';
import { checkProject } from '#internal/cli/doctor/check-project.js';
import { checkServers } from '#internal/cli/doctor/check-server.js';
import { checkMistakes, checkNothing, checkVariables } from '#internal/cli/doctor/check-settings.js';
import { checkSize } from '#internal/cli/doctor/check-size.js';
import { checkTimes } from '#internal/cli/doctor/check-times.js';
import { checkTls } from '#internal/cli/doctor/check-tls.js';
import { diagnose } from '#internal/cli/doctor/checks.js';
import type { DatabaseFacts, PoolFacts, ProjectFacts } from '#internal/cli/doctor/facts.js';
import type { Finding } from '#internal/cli/doctor/finding.js';
import { versionOf } from '#internal/cli/doctor/versions.js';
import type { Full } from '#internal/cli/full.js';
import { answered, database, facts, pool, server, severities, TODAY, wrong } from './facts.js';

const of = (others: Partial<DatabaseFacts>): ReturnType<typeof facts> => facts({ databases: [database(others)] });

describe('the doctor on time-outs', () => {
  const short = answered(server({ wait_timeout: '60' }));
  const inSeconds = { name: 'recycle', line: 'MYSQLPOOL_ARGUMENTS.recycle (file, line 4)', unit: 'seconds' as const };

  it('finds a lifetime above wait_timeout, in the words and the unit of where it is written', () => {
    const chosen = pool({ maxLifetime: 90_000, chosen: new Set(['maxLifetime']), lines: { maxLifetime: inSeconds } });
    const [finding, ...others] = checkTimes(of({ pool: chosen, server: short }));
    assert.deepEqual(others, []);
    assert.equal(finding!.severity, 'warning');
    assert.equal(
      finding!.seen,
      'recycle is 1 min 30 s, but the server closes a connection after 1 min of silence (wait_timeout).',
    );
    assert.equal(finding!.change, 'Set MYSQLPOOL_ARGUMENTS.recycle (file, line 4) to 54 (seconds) or less.');
  });

  it('finds an idle time-out above it, and one that is off', () => {
    for (const idleTimeout of [60_000, 0]) {
      const chosen = pool({ idleTimeout, keepaliveInterval: 0, maxLifetime: 30_000, chosen: new Set(['idleTimeout']) });
      const [finding] = checkTimes(of({ pool: chosen, server: short }));
      assert.equal(finding!.severity, 'warning');
      assert.match(finding!.seen, /^idleTimeout is (1 min|off), but/);
      assert.equal(finding!.change, 'Set idleTimeout to 54000 (ms) or less.');
    }
  });

  it('says more where nothing is pinged', () => {
    const chosen = pool({ maxLifetime: 0, ping: 'never', chosen: new Set(['maxLifetime']) });
    assert.match(checkTimes(of({ pool: chosen, server: short }))[0]!.why!, /what a firewall cuts earlier/);
  });

  it('finds pings that come too late, and has no fault to find where they come in time', () => {
    const late = pool({
      keepaliveInterval: 30_001,
      idleTimeout: 9,
      maxLifetime: 9,
      chosen: new Set(['keepaliveInterval']),
    });
    const [finding] = wrong(checkTimes(of({ pool: late, server: short })));
    assert.equal(finding!.change, 'Set keepaliveInterval to 30000 (ms) or less.');
    const awake = pool({ keepaliveInterval: 9_000, idleTimeout: 0, maxLifetime: 9, chosen: new Set(['idleTimeout']) });
    assert.deepEqual(wrong(checkTimes(of({ pool: awake, server: short }))), []);
  });

  it('only notes what nobody chose', () => {
    assert.deepEqual(severities(checkTimes(of({ server: short }))), ['note wait_timeout']);
  });

  it('finds no fault below it', () => {
    assert.deepEqual(severities(checkTimes(facts())), ['ok wait_timeout']);
    const exact = pool({
      idleTimeout: 59_999,
      keepaliveInterval: 30_000,
      maxLifetime: 60_000,
      chosen: new Set(['idleTimeout', 'maxLifetime']),
    });
    assert.deepEqual(severities(checkTimes(of({ pool: exact, server: short }))), ['ok wait_timeout']);
  });

  it('warns of callers who wait for ever', () => {
    const [finding] = wrong(checkTimes(of({ pool: pool({ acquireTimeout: Infinity }) })));
    assert.equal(finding!.check, 'acquire_timeout');
    assert.equal(finding!.change, 'Set acquireTimeout to 30000 (ms).');
  });
});

describe('the doctor on sizes', () => {
  const check = (others: Partial<PoolFacts>): string[] => severities(checkSize(of({ pool: pool(others) })));

  it('warns of a single connection, carefully', () => {
    assert.deepEqual(check({ maxSize: 1 }), ['warning nested_use']);
    const [finding] = checkSize(of({ pool: pool({ maxSize: 1 }) }));
    assert.match(finding!.why!, /Whether yours does so cannot be seen from here\.$/);
    assert.deepEqual(check({ maxSize: 2 }), ['ok nested_use']);
    assert.deepEqual(check({ maxSize: Infinity }), ['ok nested_use']);
  });

  it('knows the classes that have one by design, and scopes that share it', () => {
    assert.deepEqual(check({ maxSize: 1, contextLocal: true }), ['note nested_use']);
    assert.deepEqual(check({ maxSize: 1, poolClass: 'AssertionPool' }), ['note nested_use']);
    assert.deepEqual(check({ maxSize: 1, poolClass: 'StaticPool' }), ['warning nested_use']);
  });

  it('warns of fewer connections in all than there are pools', () => {
    const databases = [database(), database({ alias: 'b' }), database({ alias: 'c', poolKey: 'b' })];
    assert.deepEqual(severities(wrong(checkSize(facts({ databases, maxTotal: 1 })))), ['warning nested_use']);
    assert.deepEqual(wrong(checkSize(facts({ databases, maxTotal: 2 }))), []);
  });
});

describe('the doctor on servers', () => {
  const check = (variables: Readonly<Record<string, string>>, today = TODAY): string[] =>
    severities(wrong(checkServers(facts({ today, databases: [database({ server: answered(server(variables)) })] }))));

  it('knows when the support of a series ends', () => {
    assert.deepEqual(check({ version: '8.4.6' }), []);
    assert.deepEqual(check({ version: '8.0.45-log' }), ['warning version']);
    assert.deepEqual(check({ version: '8.0.45-log' }, Date.UTC(2026, 3, 29)), []);
    assert.deepEqual(check({ version: '10.5.29-MariaDB-0+deb11u1' }), ['warning version']);
    assert.deepEqual(check({ version: '10.11.14-MariaDB' }), []);
    assert.deepEqual(check({ version: '5.5.5-10.4.1-MariaDB' }), ['warning version']);
    assert.deepEqual(check({ version: '99.1.0' }), []);
    assert.deepEqual(check({ version: 'unknown' }), []);
  });

  it('reads versions', () => {
    assert.deepEqual(versionOf('9.7.1'), { product: 'MySQL', series: '9.7', supportedUntil: undefined });
    assert.deepEqual(versionOf('5.5.5-10.11.2-MariaDB-log'), {
      product: 'MariaDB',
      series: '10.11',
      supportedUntil: '2028-02-16',
    });
    assert.equal(versionOf(''), undefined);
  });

  it('tells read-only servers, narrow character sets and old ways to log in', () => {
    assert.deepEqual(check({ read_only: 'ON' }), ['warning read_only']);
    assert.deepEqual(check({ read_only: '1', super_read_only: 'ON' }), ['warning read_only']);
    assert.deepEqual(check({ character_set_database: 'latin1' }), ['note charset']);
    assert.deepEqual(check({ default_authentication_plugin: 'mysql_native_password' }), ['note authentication']);
    assert.deepEqual(check({ authentication_policy: '*,,' }), []);
  });

  it('tells proxies by what they say of themselves', () => {
    assert.deepEqual(check({ version_comment: '(ProxySQL)' }), ['note proxy']);
    assert.deepEqual(check({ version: '10.11.5-MariaDB-maxscale' }), ['note proxy']);
    assert.deepEqual(check({ version: '8.4.1-Vitess' }), ['note proxy']);
    const [amazon] = wrong(checkServers(of({ host: 'shop.proxy-abc123.eu-west-1.rds.amazonaws.com' })));
    assert.match(amazon!.seen, /^RDS Proxy answers in the place of the server; max_connections of 151 is/);
    assert.deepEqual(wrong(checkServers(of({ host: 'shop.abc123.eu-west-1.rds.amazonaws.com' }))), []);
  });

  it('tells a server that is not there from one that does not let us in, and from one that is full', () => {
    const [gone] = checkServers(of({ server: { kind: 'unreachable', why: 'connect ECONNREFUSED 127.0.0.1:3306' } }));
    assert.equal(gone!.seen, 'The server at 127.0.0.1:3306 cannot be reached: connect ECONNREFUSED 127.0.0.1:3306.');
    const [refused] = checkServers(of({ server: { kind: 'refused', why: 'Access denied' } }));
    assert.equal(refused!.change, 'See whether user, password and database in DATABASES.default are right.');
    assert.deepEqual(severities([gone!, refused!]), ['error reachable', 'error reachable']);
  });

  const fullOf = (full: Full, others: Partial<DatabaseFacts> = {}, databases: DatabaseFacts[] = []): Finding =>
    checkServers(
      facts({ databases: [database({ server: { kind: 'refused', why: 'no room', full }, ...others }), ...databases] }),
    )[0]!;

  it('tells which limit is full, and what raises that one', () => {
    const rows: [Full, RegExp, RegExp][] = [
      [
        { of: 'account', limit: 8 },
        /^The account app is full: it has all 8 connections that it may have \(its own limit, MAX_USER_CONNECTIONS\)/,
        /, or raise the limit above 8: ALTER USER … WITH MAX_USER_CONNECTIONS n\.$/,
      ],
      [{ of: 'account', limit: undefined }, /it has what it may have/, /, or raise the limit: ALTER USER/],
      [
        { of: 'everyAccount', limit: undefined },
        /^The account app is full: .* lets any account have \(the variable max_user_connections\)/,
        /, or raise the variable max_user_connections, or give the account a limit of its own/,
      ],
      [
        { of: 'server', limit: undefined },
        /^The server is full: .* \(max_connections\)/,
        /, or raise max_connections\.$/,
      ],
    ];
    for (const [full, seen, change] of rows) {
      const found = fullOf(full);
      assert.deepEqual(severities([found]), ['error full']);
      assert.match(found.seen, seen);
      assert.match(found.change!, change);
      assert.match(found.why!, /^The program is refused in the same way\. /);
    }
    const inFleet = { fleet: resolveFleet(true) };
    assert.match(fullOf({ of: 'account', limit: 8 }, inFleet).why!, /^The processes of the fleet wait in line /);
    assert.match(fullOf({ of: 'server', limit: undefined }, inFleet).why!, /^The program is refused /);
  });

  it('tells who has the places of a full account, where another one was let in that sees it', () => {
    const sessions = new Map([
      ['app', 8],
      ['etl', 31],
    ]);
    const admin = database({ alias: 'admin', user: 'root', server: answered(server({}, { sessions })) });
    const told = (of: Full['of'], other = admin): string => fullOf({ of, limit: undefined }, {}, [other]).seen;
    assert.match(told('account'), /: no room\. As admin sees it, app has 8\.$/);
    assert.match(told('server'), /: no room\. As admin sees it, etl has 31, app has 8\.$/);
    assert.match(told('account', { ...admin, address: 'elsewhere:3306' }), /: no room\.$/);
    const blind = { ...admin, server: answered(server({}, { sessions: new Map([['root', 1]]) })) };
    assert.match(told('account', blind), /: no room\.$/);
  });

  it('tells what the server did not tell, a line each', () => {
    const shy = answered(server({}, { problems: ['its status cannot be read (denied)', 'x (y)'] }));
    const found = wrong(checkServers(of({ server: shy })));
    assert.deepEqual(severities(found), ['warning rights', 'warning rights']);
    assert.equal(found[0]!.seen, 'The server did not tell everything: its status cannot be read (denied).');
  });
});

describe('the doctor on TLS', () => {
  const check = (others: Partial<DatabaseFacts>): string[] => severities(checkTls(of(others)));

  it('wants it for hosts that are elsewhere', () => {
    for (const host of ['db.example.com', '192.0.2.1', '2001:db8::1', 'localhost.example.com']) {
      assert.deepEqual(check({ host }), ['warning tls'], host);
      assert.deepEqual(check({ host, asksForTls: true }), ['ok tls'], host);
    }
    assert.match(checkTls(of({ host: 'db.example.com' }))[0]!.change!, /DATABASES\.default\.OPTIONS/);
  });

  it('does not ask for it on this machine', () => {
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', undefined]) assert.deepEqual(check({ host }), []);
  });

  it('names the cipher', () => {
    const secure = answered(server({}, { cipher: 'TLS_AES_256_GCM_SHA384' }));
    const [finding] = checkTls(of({ host: 'db.example.com', asksForTls: true, server: secure }));
    assert.equal(finding!.seen, 'Connections to db.example.com are encrypted (TLS_AES_256_GCM_SHA384).');
  });
});

describe('the doctor on settings', () => {
  it('tells each that would be refused, and what is assumed instead', () => {
    const mistakes = [
      {
        setting: 'DATABASES.a.USR',
        message: 'DATABASES.a.USR: unknown setting (did you mean "USER"?)',
        isOfPools: false,
      },
      { setting: 'MYSQLPOOL_ARGUMENTS.pool_size', message: 'x', isOfPools: true },
    ];
    const found = checkMistakes(facts({ mistakes }));
    assert.deepEqual(severities(found), ['error settings', 'error settings']);
    assert.equal(found[0]!.change, 'Correct DATABASES.a.USR.');
    assert.match(found[1]!.why!, /The other checks go by the defaults instead\.$/);
  });

  it('tells where valid ones are from', () => {
    const [finding] = checkMistakes(facts({ sources: ['mysqlpool.config.json', 'DATABASE_URL'] }));
    assert.equal(finding!.seen, 'The settings are valid (mysqlpool.config.json, DATABASE_URL).');
  });

  it('wants something to look at', () => {
    assert.deepEqual(severities(checkNothing(facts({ databases: [] }))), ['error nothing']);
    assert.deepEqual(checkNothing(facts()), []);
  });

  it('finds variables that nothing reads', () => {
    const variables = ['MYSQLPOOL_MAXTOTAL', 'MYSQL_POOL_BACKEND', 'MYSQLPOOL_CONFIG', 'MYSQLPOOL_MONITOR_TOKEN'];
    assert.deepEqual(
      checkVariables(facts({ variables })).map(({ seen }) => seen),
      [
        'The environment has MYSQLPOOL_MAXTOTAL, which nothing reads (did you mean "MYSQLPOOL_MAX_TOTAL"?).',
        'The environment has MYSQL_POOL_BACKEND, which nothing reads (did you mean "MYSQLPOOL_BACKEND"?).',
      ],
    );
  });
});

describe('the doctor on double pooling', () => {
  const check = (dependencies: string[], others: Partial<ProjectFacts> = {}): string[] => {
    const project = {
      manifest: 'package.json',
      dependencies: new Set(dependencies),
      registers: false,
      ...others,
    };
    return checkProject(facts({ project })).map(({ severity, seen }) => `${severity}: ${seen}`);
  };

  it('finds libraries that pool by themselves', () => {
    assert.deepEqual(check(['knex', 'express']), [
      'note: The project depends on knex, which keeps a pool of its own (tarn) unless it is given node-mysqlpool/knex.',
    ]);
    assert.deepEqual(check(['typeorm']), [
      "note: The project depends on typeorm, which uses mysql2's pool unless it is given node-mysqlpool/typeorm.",
    ]);
    assert.deepEqual(check(['mariadb']), [
      'note: The project depends on mariadb, which opens connections that we never see.',
    ]);
  });

  it('finds no fault where register takes them over', () => {
    assert.deepEqual(check(['knex'], { registers: true }), ['ok: knex is taken over by node-mysqlpool/register.']);
    assert.match(check(['@prisma/client'], { registers: true })[0]!, /^note: /);
  });

  it('says nothing of a project without any', () => {
    assert.deepEqual(check(['express', 'mysql2', 'node-mysqlpool']), []);
    assert.deepEqual(checkProject(facts()), []);
  });
});

describe('a diagnosis', () => {
  it('has the worst first', () => {
    const found = diagnose(
      facts({
        variables: ['MYSQLPOOL_X'],
        databases: [
          database({ server: { kind: 'unreachable', why: 'x' }, pool: pool({ maxSize: 1, contextLocal: true }) }),
        ],
        sources: ['DATABASE_URL'],
      }),
    );
    assert.deepEqual(severities(found), ['error reachable', 'warning environment', 'note nested_use', 'ok settings']);
  });

  it('says once what holds for several databases', () => {
    const databases = [database(), database({ alias: 'b' })].map((each) => ({
      ...each,
      pool: pool({ acquireTimeout: Infinity }),
    }));
    const found = diagnose(facts({ databases })).filter(({ check }) => check === 'acquire_timeout');
    assert.deepEqual(
      found.map(({ about }) => about),
      ['default, b'],
    );
  });
});

describe('the doctor on what views and triggers do', () => {
  const view = (name: string, definition: string) => ({ kind: 'view', name, definition }) as const;
  const trigger = (name: string, definition: string) => ({ kind: 'trigger', name, definition }) as const;
  const check = (...definitions: ReturnType<typeof view | typeof trigger>[]) =>
    checkHidden(of({ server: answered(server({}, { definitions })) }));

  it('names those that run functions', () => {
    const definitions = [view('Paid', 'select price(1)'), view('old', 'select 1'), trigger('Orders', 'SET @a = f()')];
    const [finding, ...others] = check(...definitions, view('sums', 'select a from paid'));
    assert.deepEqual(others, []);
    assert.equal(finding!.check, 'hidden_effects');
    assert.match(finding!.seen, /on a use of paid, sums, and on a write to orders\.$/);
    assert.deepEqual(check(view('old', 'select count(*) from a'), trigger('b', 'SET NEW.a = NOW()')), []);
    const never = pool({ reset: 'rollback' });
    assert.deepEqual(checkHidden(of({ pool: never, server: answered(server({}, { definitions })) })), []);
  });

  it('names those that the account may not read, and the right that it needs', () => {
    const [finding, ...others] = check(view('b', ''), view('a', ''), view('c', 'select 1'));
    assert.deepEqual(others, []);
    assert.equal(finding!.check, 'unread_views');
    assert.match(finding!.seen, /: a, b\.$/);
    assert.equal(finding!.change, 'Give app@% the right SHOW VIEW on shop.');
  });
});

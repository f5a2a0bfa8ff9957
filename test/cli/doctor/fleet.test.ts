import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveFleet, type FleetOptions } from '#internal/budget/fleet-options.js';
import { checkFleet } from '#internal/cli/doctor/check-fleet.js';
import { checkLimits } from '#internal/cli/doctor/check-limits.js';
import type { DatabaseFacts, Facts } from '#internal/cli/doctor/facts.js';
import type { Finding } from '#internal/cli/doctor/finding.js';
import { limitedAccount, poolOn } from '../../mysql/support.js';
import { eachServer } from '../../support/servers/shared.js';
import { mysqlpool } from '../support/command.js';
import { projectWith } from '../support/project.js';
import { answered, database, facts, pool, server } from './facts.js';

/** An account with a limit, as a fleet. */
const member = (
  limit: number,
  options: true | FleetOptions = true,
  others: Partial<DatabaseFacts> = {},
): DatabaseFacts =>
  database({
    fleet: resolveFleet(options),
    server: answered(server({ max_user_connections: String(limit), max_connections: '100' })),
    ...others,
  });

const told = (databases: DatabaseFacts[], others: Partial<Facts> = {}): Finding[] =>
  checkFleet(facts({ databases, ...others }));

const one = (check: string, findings: Finding[]): Finding => {
  const found = findings.filter((finding) => finding.check === check);
  assert.equal(found.length, 1, JSON.stringify(findings));
  return found[0]!;
};

describe('the doctor on a fleet', () => {
  it('says nothing where there is none', () => {
    assert.deepEqual(told([database()]), []);
  });

  it('finds no fault with a limit that fits, however many processes there are', () => {
    const databases = [member(50, true, { pool: pool({ maxSize: 40 }) })];
    assert.deepEqual(checkLimits(facts({ processes: 30, databases })), []);
    const findings = told(databases, { processes: 30 });
    assert.deepEqual(
      findings.map(({ severity, check, seen }) => `${severity} ${check}: ${seen}`),
      [
        'ok fleet_limit: All processes of app@% share 50 connections (max_user_connections).',
        'ok fleet_lease: The server takes back what a frozen or vanished process has after 1 min (lease).',
        'ok fleet_room: The fleet may have 50 connections; the server lets in 100 (max_connections), of which others have 0 now.',
      ],
    );
  });

  it('says what to run for an account without a limit', () => {
    const { severity, change } = one('fleet_limit', told([member(0)]));
    assert.equal(severity, 'error');
    assert.match(change!, /run ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 80; Or .*"cap": "slots", "limit": 80\.$/);
    assert.match(one('fleet_limit', told([member(0, { limit: 7 })])).change!, /MAX_USER_CONNECTIONS 7;/);
    assert.equal(one('fleet_limit', told([member(0, { cap: 'slots', limit: 7 })])).severity, 'ok');
  });

  it('says that a limit below that of the account binds one process alone', () => {
    const { severity, change } = one('fleet_limit', told([member(50, { limit: 20 })]));
    assert.equal(severity, 'warning');
    assert.match(change!, /MAX_USER_CONNECTIONS 20;$/);
  });

  it('finds floors that do not fit, whichever option they come from', () => {
    const ofFleet = one('fleet_floors', told([member(10, { floor: 3 })], { processes: 4 }));
    assert.deepEqual(
      [ofFleet.severity, ofFleet.change],
      ['error', 'Set floor to 2 or less, or the limit to 12 or more.'],
    );
    const reserve = member(10, { floor: 1 }, { pool: pool({ minIdle: 3 }) });
    assert.match(one('fleet_floors', told([reserve], { processes: 4 })).change!, /^Set minIdle to 2 /);
    assert.equal(one('fleet_floors', told([reserve], { processes: 3 })).severity, 'ok');
  });

  it('finds that the server does not bear the limits of all accounts', () => {
    const tight = server({ max_user_connections: '60', max_connections: '100' });
    const of = (user: string): DatabaseFacts =>
      member(60, true, { alias: user, user, server: answered({ ...tight, account: `${user}@%` }) });
    const { severity, seen, change } = one('fleet_room', told([of('app'), of('jobs')]));
    assert.equal(severity, 'error');
    assert.match(seen, /^The fleet may have 120 connections; the server lets in 100 /);
    assert.match(change!, /MAX_USER_CONNECTIONS 40; Or raise max_connections to 121 or more\.$/);
    assert.equal(one('fleet_room', told([member(100)])).severity, 'warning');
  });

  it('shows the lease that holds', () => {
    const quick = server({ max_user_connections: '5', wait_timeout: '30' });
    const { seen } = one('fleet_lease', told([member(5, true, { server: answered(quick) })]));
    assert.match(seen, /after 30\.0 s \(wait_timeout; the lease of 1 min is longer\)\.$/);
  });
});

eachServer('the doctor on a fleet', (_kind, getServer) => {
  it('asks the account about its limit, wherever the fleet is asked for', async (t) => {
    const server = await getServer();
    const [none, some] = [await limitedAccount(t, server, 0), await limitedAccount(t, server, 4)];
    const cwd = projectWith(t, { 'mysqlpool.config.json': { MYSQLPOOL_FLEET: true } });
    const wrong = await mysqlpool(['doctor', '--url', none.url], { cwd });
    assert.equal(wrong.status, 1, wrong.stdout);
    assert.ok(
      wrong.stdout.replaceAll(/\s+/g, ' ').includes(`ALTER USER '${none.user}'@'%' WITH MAX_USER_CONNECTIONS `),
    );
    const right = await mysqlpool(['doctor', '--url', `${some.url}?fleet=true`, '--processes', '9'], {
      cwd: projectWith(t),
    });
    assert.equal(right.status, 0, right.stdout);
    assert.match(right.stdout, /^ok +All processes of \S+ share 4 connections \(max_user_connections\)\.$/m);
    const bad = await mysqlpool(['doctor', '--url', `${some.url}?fleet={"flor":1}`], { cwd: projectWith(t) });
    assert.match(bad.stdout, /did you mean "floor"/);
  });

  it('says that an account is full, which limit it is, and what to do, and so does the list of the fleet', async (t) => {
    const account = await limitedAccount(t, await getServer(), 2);
    const busyPool = poolOn(t, account.url, { maxSize: 2 });
    const leases = await Promise.all([busyPool.acquire(), busyPool.acquire()]);
    t.after(() => leases.forEach((lease) => lease.release()));
    const full = `The account ${account.user} is full: it has all 2 connections that it may have (its own limit, MAX_USER_CONNECTIONS), and `;
    const cwd = projectWith(t);
    const [doctor, list] = await Promise.all([
      mysqlpool(['doctor', '--url', `${account.url}?fleet=true`], { cwd }),
      mysqlpool(['fleet', account.url], { cwd }),
    ]);
    for (const { status, stdout } of [doctor, list]) {
      assert.equal(status, 1, stdout);
      const text = stdout.replaceAll(/\s+/g, ' ');
      assert.ok(text.includes(full), text);
      assert.ok(text.includes('raise the limit above 2: ALTER USER … WITH MAX_USER_CONNECTIONS n.'), text);
      assert.doesNotMatch(text, /does not let us in/);
    }
    assert.match(doctor.stdout, /processes of the fleet wait in line/);
  });
});

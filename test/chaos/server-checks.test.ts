/** The checks that ask a server: each is shown what it is there to see. */
import assert from 'node:assert/strict';
import { before, after, describe, it } from 'node:test';
import { createPool, type MysqlPool } from 'node-mysqlpool';
import { checkCapacity } from '#chaos/checks/capacity.js';
import { Ledger } from '#chaos/checks/ledger.js';
import { LEFTOVER_TABLE, LOCKS, Marks } from '#chaos/checks/marks.js';
import { Strangers } from '#chaos/checks/strangers.js';
import { Site } from '#chaos/site.js';
import { Violations } from '#chaos/violations.js';
import { SERVER_KINDS } from '../support/servers/index.js';
import { until } from '../support/until.js';

const details = ({ list }: Violations): string[] => list.map(({ detail }) => detail);

for (const kind of SERVER_KINDS) {
  describe(`checks that ask a server (${kind})`, () => {
    let site: Site;
    before(async () => {
      site = await Site.open(kind);
    });
    after(() => site[Symbol.asyncDispose]());

    /** A pool that cleans nothing, so that everything is left behind. */
    const carelessPool = (): MysqlPool =>
      createPool(site.server.url('chaos'), { name: 'careless', maxSize: 1, reset: 'none', ping: 'never' });

    for (const [what, sql] of [
      ['a user variable', 'SET @x = 5'],
      ['the mark of another', "SET @owner = 'somebody'"],
      ['a system variable', "SET time_zone = '+05:00'"],
      ['a collation', 'SET NAMES latin1'],
      ['an isolation level', 'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
      ['a database', 'USE chaos_other'],
      ['a lock', `SELECT GET_LOCK('${LOCKS[0]}', 0)`],
      ['a temporary table', `CREATE TEMPORARY TABLE ${LEFTOVER_TABLE} (a INT)`],
      ['a transaction', 'START TRANSACTION'],
      ['autocommit', 'SET autocommit = 0'],
    ] as const) {
      it(`see ${what} that was left behind`, async () => {
        await using pool = carelessPool();
        const violations = new Violations(kind);
        const marks = new Marks(kind, violations);
        await pool.use(async (lease) => {
          await marks.check(lease, 'first', true);
          await lease.query('SET @owner = NULL');
          await marks.check(lease, 'second', true);
          await lease.query('SET @owner = NULL');
        });
        assert.deepEqual(details(violations), []);
        await pool.use((lease) => lease.query(sql));
        await pool.use((lease) => marks.check(lease, 'third', true));
        assert.equal(violations.list[0]?.rule, 'foreign state');
        assert.equal(violations.total, 1, details(violations).join('\n'));
      });
    }

    it('see half a transfer, lost work, work that failed, work done twice, and ghosts', async () => {
      const violations = new Violations(kind);
      const admin = (sql: string): Promise<Record<string, unknown>[]> => site.server.admin(sql);
      const ledger = new Ledger(admin, violations);
      const [good, half, lost, failed, unknown, done, twice, never] = Array.from({ length: 8 }, () => ledger.token());
      for (const token of [good, half, lost]) ledger.committed(token!);
      ledger.failed(failed!);
      ledger.unknownOutcome();
      for (const token of [done, twice, never]) ledger.done(token!);
      const both = (token?: string): string => `('${token}', 1, 5), ('${token}', 2, -5)`;
      await admin(
        `INSERT INTO chaos.ledger VALUES ${both(good)}, ${both(failed)}, ${both(unknown)}, ('${half}', 1, 5)`,
      );
      await admin(`INSERT INTO chaos.autos VALUES ('${done}'), ('${twice}'), ('${twice}')`);
      await admin(`INSERT INTO chaos.ghosts VALUES ('ghost')`);
      await ledger.compare();
      assert.deepEqual(
        details(violations).toSorted(),
        [
          '1 rows that nobody committed',
          `${half} was`,
          `${lost} was committed, and is not there`,
          `${never} was done, and is not there`,
          `${twice} was done 2 times`,
          `${failed} failed, and is there`,
        ]
          .map((detail) => (detail === `${half} was` ? `half a transfer: ${half} has 1 sides, sum 5` : detail))
          .toSorted(),
      );
      await ledger.compare();
      assert.equal(violations.total, 6);
      assert.deepEqual([ledger.transfers, ledger.unknown], [4, 1]);
    });

    it('see a pool that lends less than it has', async () => {
      await using pool = createPool(site.server.url('chaos'), { name: 'leaky', maxSize: 3 });
      const violations = new Violations(kind);
      await checkCapacity(pool, violations, 300);
      assert.deepEqual(details(violations), []);
      const kept = await pool.acquire();
      await checkCapacity(pool, violations, 300);
      kept.release();
      assert.deepEqual(
        violations.list.map(({ rule }) => rule),
        ['capacity'],
      );
      assert.match(details(violations)[0]!, /^lends 2 of 3: AcquireTimeoutError/);
    });

    it('see a stranger who loses a statement, or a connection', async () => {
      const violations = new Violations(kind);
      const strangers = new Strangers(violations);
      const [first, second] = [await strangers.enter(site.server), await strangers.enter(site.server)];
      await until(() => strangers.done >= 2);
      assert.deepEqual(details(violations), []);
      const running = `SELECT 1 FROM information_schema.PROCESSLIST WHERE ID = ${first} AND INFO LIKE 'SELECT SLEEP%'`;
      await until(async () => (await site.server.admin(running)).length > 0);
      await site.server.admin(`KILL QUERY ${first}`);
      await until(() => violations.total > 0);
      assert.match(details(violations)[0]!, new RegExp(`^stranger ${first} on port .*(stopped|interrupted)`));
      await site.server.admin(`KILL ${second}`);
      await until(() => violations.total > 1);
      assert.match(details(violations)[1]!, new RegExp(`^stranger ${second} on port `));
      await strangers.leave();
      assert.deepEqual(
        violations.list.map(({ rule }) => rule),
        ['strangers', 'strangers'],
      );
    });

    it('count the sessions of the pool, and no others', async () => {
      assert.deepEqual(await site.sessions(), []);
      await site.pool.warmUp(3);
      await using other = createPool(site.server.url('chaos'), { name: 'other' });
      await other.warmUp(2);
      assert.equal((await site.sessions()).length, 3);
    });
  });
}

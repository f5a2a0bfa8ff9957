import assert from 'node:assert/strict';
import { join } from 'node:path';
import { it } from 'node:test';
import { freshDatabase, type ServerKind } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { answerOf, register, run } from './child.js';
import { oldProject } from './project.js';

/** The first that has a `reset` of its own is 3.22. */
const DRIVERS = ['2.3.3', '3.9.7', '3.11.5', '3.14.2', '3.15.3', '3.20.0', '3.24.6'];
const TOOLS = ['createPool', 'createConnection', 'knex-2', 'knex-3', 'sequelize', 'typeorm-0.3', 'typeorm-1'];

/** Each pair of an ORM and a mysql2 is tried on one of the two servers, which take turns; what is no ORM on both. */
const isTriedOn = (kind: ServerKind, tool: number, driver: number): boolean =>
  tool < 2 || (tool + driver) % 2 === (kind === 'mysql' ? 0 : 1);

const isLent = (tool: string): boolean => tool !== 'createConnection';

eachServer('register, whatever version', (kind, getServer) => {
  for (const [driver, version] of DRIVERS.entries()) {
    it(`lends and cleans connections of mysql2 ${version}, whoever makes them`, async () => {
      const folder = oldProject();
      await using database = await freshDatabase(await getServer());
      const pairs = TOOLS.filter((_, tool) => isTriedOn(kind, tool, driver)).map((tool) => `${tool}/mysql2-${version}`);
      const env = { DATABASE_URL: database.url, MYSQLPOOL_MAX_TOTAL: '2' };
      const said = await run(['--import', register, join(folder, 'apps/matrix.cjs'), ...pairs], env, folder);
      // The same connection, but for a pool's without what the loan before has left in it.
      const expected = pairs.map((pair) => [pair, { isSame: true, isLeft: isLent(pair.split('/')[0]!) ? 0 : 1, n: 1 }]);
      assert.deepEqual(answerOf(said), Object.fromEntries(expected));
    });
  }
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { freshDatabase, SERVER_KINDS, startOwnServer } from '../support/servers/index.js';

const root = join(__dirname, '../../..');
const app = join(root, 'test/budget/support/all-pools.mjs');
const LIMIT = 3;

async function run(env: NodeJS.ProcessEnv): Promise<unknown> {
  const options = { cwd: root, env: { ...process.env, PROJECT: root, ...env }, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [app], options);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

for (const kind of SERVER_KINDS) {
  for (const [where, env] of [
    ['the environment', { MYSQLPOOL_MAX_TOTAL: String(LIMIT) }],
    ['configure', { LIMIT: String(LIMIT) }],
    ['configure, which wins over the environment', { LIMIT: String(LIMIT), MYSQLPOOL_MAX_TOTAL: '20' }],
  ] as const) {
    it(`bounds createPool, ORMs and the drop-in pool together by ${where} (${kind})`, async (t) => {
      await using server = await startOwnServer(kind, { maxConnections: 60 });
      await using database = await freshDatabase(server);
      assert.deepEqual(await run({ DATABASE_URL: database.url, ...env }), { failed: 0 });
      const [row] = await server.admin("SHOW GLOBAL STATUS LIKE 'Max_used_connections'");
      const most = Number(row?.['Value']);
      t.diagnostic(`most connections: ${most}`);
      // A server may count one that it has just closed for a moment longer.
      assert.ok(most >= LIMIT && most <= LIMIT + 1, `${most} connections`);
    });
  }
}

it('refuses a limit in the environment that is none, where the first pool is made', async () => {
  await assert.rejects(
    run({ DATABASE_URL: 'mysql://nobody@localhost/nothing', MYSQLPOOL_MAX_TOTAL: '0' }),
    /MYSQLPOOL_MAX_TOTAL: expected a whole number from 1 up, got "0"/,
  );
});

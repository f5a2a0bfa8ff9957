import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import { startProxy } from '../support/proxy.js';
import { freshDatabase } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';

const root = join(__dirname, '../../..');
const app = join(root, 'test/budget/support/all-pools.mjs');
const LIMIT = 3;

async function run(env: NodeJS.ProcessEnv): Promise<unknown> {
  const options = { cwd: root, env: { ...process.env, PROJECT: root, ...env }, timeout: 60_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [app], options);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!);
}

eachServer('the limit of a process', (_kind, getServer) => {
  for (const [where, env] of [
    ['the environment', { MYSQLPOOL_MAX_TOTAL: String(LIMIT) }],
    ['configure', { LIMIT: String(LIMIT) }],
    ['configure, which wins over the environment', { LIMIT: String(LIMIT), MYSQLPOOL_MAX_TOTAL: '20' }],
  ] as const) {
    it(`bounds createPool, ORMs and the drop-in pool together by ${where}`, async () => {
      const server = await getServer();
      await using database = await freshDatabase(server);
      await using proxy = await startProxy({ target: server });
      assert.deepEqual(await run({ DATABASE_URL: proxy.url(database.url), ...env }), { failed: 0 });
      assert.equal(proxy.most, LIMIT);
    });
  }
});

it('refuses a limit in the environment that is none, where the first pool is made', async () => {
  await assert.rejects(
    run({ DATABASE_URL: 'mysql://nobody@localhost/nothing', MYSQLPOOL_MAX_TOTAL: '0' }),
    /MYSQLPOOL_MAX_TOTAL: expected a whole number from 1 up, got "0"/,
  );
});

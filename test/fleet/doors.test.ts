import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { limitedAccount } from '../mysql/support.js';
import type { Place } from '../orm/errors/door.js';
import { freshDatabase, type TestServer } from '../support/servers/index.js';
import { eachServer } from '../support/servers/shared.js';
import { projectWith } from '../cli/support/project.js';
import type { MemberNews, MemberOrder } from './member.js';

const LIMIT = 4;
const register = join(__dirname, '../../../dist/register/index.js');
const HERE = ['Knex', 'Sequelize 6', 'Sequelize 7', 'MikroORM 6', 'TypeORM', 'Kysely', 'Drizzle', 'mysql2'];
// Sequelize 7 has a pool of its own over single connections, which register leaves as they are: they wait in no line.
const REGISTERED = HERE.filter((door) => door !== 'Sequelize 7');
const IN_ENVIRONMENT = { MYSQLPOOL_FLEET: 'true' };

interface Way {
  readonly side: MemberOrder['side'];
  readonly doors: readonly string[];
  readonly imports?: readonly string[];
  readonly env: (t: TestContext) => NodeJS.ProcessEnv;
}

const inFile = (t: TestContext): NodeJS.ProcessEnv => ({
  MYSQLPOOL_CONFIG: join(projectWith(t, { 'c.json': { MYSQLPOOL_FLEET: true } }), 'c.json'),
});

const WAYS: Readonly<Record<string, Way>> = {
  'our adapters': { side: 'ours', doors: HERE, env: () => IN_ENVIRONMENT },
  register: { side: 'stock', doors: REGISTERED, imports: ['--import', register], env: () => IN_ENVIRONMENT },
  'register with a file of settings': {
    side: 'stock',
    doors: ['mysql2'],
    imports: ['--import', register],
    env: inFile,
  },
};

/** An account of its own for each door. */
async function placesFor(t: TestContext, server: TestServer, doors: readonly string[]): Promise<Record<string, Place>> {
  const { host, port } = server;
  const fresh = await freshDatabase(server);
  t.after(() => fresh[Symbol.asyncDispose]());
  const { name: database } = fresh;
  const places: Record<string, Place> = {};
  for (const door of doors) {
    const { user } = await limitedAccount(t, server, LIMIT);
    await server.admin(`GRANT ALL ON \`${database}\`.* TO '${user}'@'%'`);
    places[door] = { host, port, user, password: 'secret', database };
  }
  return places;
}

/** Most sessions of any of the accounts. */
async function mostOf(server: TestServer, places: Readonly<Record<string, Place>>): Promise<number> {
  const users = new Set(Object.values(places).map(({ user }) => user));
  const counts = new Map<unknown, number>();
  for (const { User: user, Command: command } of await server.admin('SHOW PROCESSLIST')) {
    if (!users.has(String(user)) || command === 'Connect' || command === 'Killed') continue;
    counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

function member(
  t: TestContext,
  { side, imports = [], env }: Way,
  places: Readonly<Record<string, Place>>,
): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...all } = process.env;
  const child = fork(join(__dirname, 'member.js'), [JSON.stringify({ side, places })], {
    execArgv: [...imports],
    env: { ...all, ...env(t) },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Every door of it has been served, or one has failed. */
function served(child: ChildProcess, doors: readonly string[], errors: string[]): Promise<void> {
  const open = new Set(doors);
  return new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.on('message', (news: MemberNews) => {
      open.delete(news.door);
      if ('error' in news) errors.push(`${news.door}: ${news.error}`);
      if (open.size === 0) resolve();
    });
  });
}

eachServer('two processes on one account that may have four connections', (_kind, getServer) => {
  for (const [name, way] of Object.entries(WAYS)) {
    it(`both get theirs, no refused login is ever told, and both end by themselves: ${name}`, async (t) => {
      const server = await getServer();
      const places = await placesFor(t, server, way.doors);
      const errors: string[] = [];
      const members = [member(t, way, places), member(t, way, places)];
      const exits = members.map((child) => once(child, 'exit'));
      let isDone = false;
      const all = Promise.all(members.map((child) => served(child, way.doors, errors))).then(() => (isDone = true));
      let most = 0;
      while (!isDone) {
        most = Math.max(most, await mostOf(server, places));
        await Promise.race([all, sleep(100)]);
      }
      for (const child of members) if (child.connected) child.send('stop');
      assert.deepEqual(
        (await Promise.all(exits)).map(([code]: unknown[]) => code),
        [0, 0],
      );
      assert.deepEqual(errors, []);
      assert.ok(most >= 2 && most <= LIMIT, `${most}`);
      assert.equal(await mostOf(server, places), 0);
    });
  }
});

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
import { elsewhere, HERE, type Installed } from '../orm/errors/installed.js';
import type { MemberNews, MemberOrder } from './member.js';

const LIMIT = 4;
const register = join(__dirname, '../../../dist/register/index.js');
const NEAR = ['Knex', 'Sequelize 6', 'Sequelize 7', 'MikroORM 6', 'TypeORM', 'Kysely', 'Drizzle', 'mysql2'];
const FAR = ['Lucid', 'MikroORM 7', 'Prisma'];
// Sequelize 7 has a pool of its own over single connections, and Prisma a driver of its own: register leaves them as they are.
const LEFT_ALONE = ['Sequelize 7', 'Prisma'];
const IN_ENVIRONMENT: Told = { env: () => ({ MYSQLPOOL_FLEET: 'true' }) };
const IN_OPTIONS: Told = { own: { fleet: true } };

/** How a process is told of its fleet. */
interface Told {
  readonly own?: object;
  readonly env?: (t: TestContext) => NodeJS.ProcessEnv;
}

interface Way {
  readonly side: MemberOrder['side'];
  readonly doors: readonly string[];
  readonly imports?: readonly string[];
  /** Each of the two processes. */
  readonly told: readonly [Told, Told];
}

const inFile: Told = {
  env: (t) => ({ MYSQLPOOL_CONFIG: join(projectWith(t, { 'c.json': { MYSQLPOOL_FLEET: true } }), 'c.json') }),
};
const isPooled = (door: string): boolean => !LEFT_ALONE.includes(door);

const WAYS: Readonly<Record<string, Way>> = {
  'our adapters, one told by its options and one by the environment': {
    side: 'ours',
    doors: [...NEAR, ...FAR],
    told: [IN_OPTIONS, IN_ENVIRONMENT],
  },
  'register, one told by the environment and one by a file of settings': {
    side: 'stock',
    doors: [...NEAR, ...FAR].filter(isPooled),
    imports: ['--import', register],
    told: [IN_ENVIRONMENT, inFile],
  },
};

/** An account of its own for each door. */
async function placesFor(t: TestContext, server: TestServer, doors: readonly string[]): Promise<Record<string, Place>> {
  const { host, port } = server;
  const fresh = await freshDatabase(server);
  t.after(() => fresh[Symbol.asyncDispose]());
  const { name: database } = fresh;
  // The first question of Prisma's.
  await server.admin(`CREATE TABLE ${database}.users (id INT PRIMARY KEY)`);
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

/** One process, with the ORMs that are installed in one place. */
function member(
  t: TestContext,
  { side, imports = [] }: Way,
  { own, env }: Told,
  { node, folder, env: more }: Installed,
  places: Readonly<Record<string, Place>>,
): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...all } = process.env;
  const order: MemberOrder = { side, places, own };
  const child = fork(join(folder, 'fleet/member.js'), [JSON.stringify(order)], {
    execPath: node,
    execArgv: [...imports],
    env: { ...all, ...more, ...env?.(t) },
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

let far: Promise<Installed> | undefined;

eachServer('two processes on one account that may have four connections', (_kind, getServer) => {
  for (const [name, way] of Object.entries(WAYS)) {
    it(`both get theirs, no refused login is ever told, and both end by themselves: ${name}`, async (t) => {
      const server = await getServer();
      const places = await placesFor(t, server, way.doors);
      const at = (doors: readonly string[]): typeof places =>
        Object.fromEntries(Object.entries(places).filter(([door]) => doors.includes(door)));
      const there = await (far ??= elsewhere());
      const errors: string[] = [];
      const members = way.told.flatMap((told) => [
        member(t, way, told, HERE, at(NEAR)),
        member(t, way, told, there, at(FAR)),
      ]);
      const exits = members.map((child) => once(child, 'exit'));
      let isDone = false;
      const doorsOf = (n: number): string[] => Object.keys(at(n % 2 === 0 ? NEAR : FAR));
      const all = Promise.all(members.map((child, n) => served(child, doorsOf(n), errors))).then(() => (isDone = true));
      let most = 0;
      while (!isDone) {
        most = Math.max(most, await mostOf(server, places));
        await Promise.race([all, sleep(100)]);
      }
      for (const child of members) if (child.connected) child.send('stop');
      assert.deepEqual(
        (await Promise.all(exits)).map(([code]: unknown[]) => code),
        members.map(() => 0),
      );
      assert.deepEqual(errors, []);
      assert.ok(most >= 2 && most <= LIMIT, `${most}`);
      assert.equal(await mostOf(server, places), 0);
    });
  }
});

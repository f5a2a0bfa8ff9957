import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAdmitted } from '#internal/session/index.js';
import { limitedAccount } from '../mysql/support.js';
import type { Place } from '../orm/errors/door.js';
import { freshDatabase, SERVER_KINDS, type TestServer } from '../support/servers/index.js';
import { sharedServer } from '../support/servers/shared.js';
import { projectWith } from '../cli/support/project.js';
import { elsewhere, HERE, type Installed } from '../orm/errors/installed.js';
import type { MemberNews, MemberOrder, MemberWord } from './member.js';

const LIMIT = 4;
const register = join(__dirname, '../../../dist/register/index.js');
const NEAR = ['Knex', 'Sequelize 6', 'Sequelize 7', 'MikroORM 6', 'TypeORM', 'Kysely', 'Drizzle', 'mysql2'];
const FAR = ['Lucid', 'MikroORM 7', 'Prisma'];
// Prisma has a driver of its own, which register leaves as it is.
const LEFT_ALONE = ['Prisma'];
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

type Places = Readonly<Record<string, readonly Place[]>>;

/** An account of its own for each door, on a server of each kind. */
async function placesFor(t: TestContext, servers: readonly TestServer[], doors: readonly string[]): Promise<Places> {
  const places: Record<string, Place[]> = {};
  for (const server of servers) {
    const { host, port } = server;
    const fresh = await freshDatabase(server);
    t.after(() => fresh[Symbol.asyncDispose]());
    const { name: database } = fresh;
    // What Prisma asks first is about a table.
    await server.admin(`CREATE TABLE ${database}.users (id INT PRIMARY KEY)`);
    for (const door of doors) {
      const { user } = await limitedAccount(t, server, LIMIT);
      await server.admin(`GRANT ALL ON \`${database}\`.* TO '${user}'@'%'`);
      (places[door] ??= []).push({ host, port, user, password: 'secret', database });
    }
  }
  return places;
}

/** Most sessions of any of the accounts. */
async function mostOf(servers: readonly TestServer[], places: Places): Promise<number> {
  const users = new Set(Object.values(places).flatMap((each) => each.map(({ user }) => user)));
  const counts = new Map<unknown, number>();
  for (const server of servers) {
    for (const { User: user, Command: command, State: state } of await server.admin('SHOW PROCESSLIST')) {
      if (!users.has(String(user)) || !isAdmitted(command, state)) continue;
      counts.set(user, (counts.get(user) ?? 0) + 1);
    }
  }
  return Math.max(0, ...counts.values());
}

/** One process, with the ORMs that are installed in one place. */
class Member {
  readonly isReady: Promise<void>;
  /** Every door of it has been served, or one has failed. */
  readonly isServed: Promise<void>;
  readonly exit: Promise<unknown[]>;
  readonly errors: string[] = [];
  readonly #child: ChildProcess;

  constructor(t: TestContext, { side, imports = [] }: Way, { own, env }: Told, at: Installed, places: Places) {
    const { NODE_TEST_CONTEXT: _, ...all } = process.env;
    const order: MemberOrder = { side, places, own };
    const child = fork(join(at.folder, 'fleet/member.js'), [JSON.stringify(order)], {
      execPath: at.node,
      execArgv: [...imports],
      env: { ...all, ...at.env, ...env?.(t) },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    t.after(() => child.kill('SIGKILL'));
    this.#child = child;
    this.exit = once(child, 'exit');
    let left = Object.values(places).flat().length;
    const until = (isSo: (news: MemberNews) => boolean): Promise<void> =>
      new Promise((resolve) => {
        child.on('exit', () => resolve());
        child.on('message', (news: MemberNews) => isSo(news) && resolve());
      });
    this.isReady = until((news) => news === 'ready');
    this.isServed = until((news) => {
      if (news === 'ready') return false;
      if (news.error !== undefined) this.errors.push(`${news.door}: ${news.error}`);
      return --left === 0;
    });
  }

  tell(word: MemberWord): void {
    // One that has failed is gone by then.
    this.#child.send(word, () => undefined);
  }
}

for (const [name, way] of Object.entries(WAYS)) {
  it(`two processes on one account of four connections get theirs, are told of no refused login, and end: ${name}`, async (t) => {
    const servers = await Promise.all(SERVER_KINDS.map((kind) => sharedServer(kind)));
    const places = await placesFor(t, servers, way.doors);
    const there = await elsewhere();
    const at = (doors: readonly string[]): Places =>
      Object.fromEntries(Object.entries(places).filter(([door]) => doors.includes(door)));
    const members = way.told.flatMap((told) => [
      new Member(t, way, told, HERE, at(NEAR)),
      new Member(t, way, told, there, at(FAR)),
    ]);
    await Promise.all(members.map(({ isReady }) => isReady));
    for (const member of members) member.tell('begin');
    let isDone = false;
    const all = Promise.all(members.map(({ isServed }) => isServed)).then(() => (isDone = true));
    let most = 0;
    while (!isDone) {
      most = Math.max(most, await mostOf(servers, places));
      await Promise.race([all, sleep(100)]);
    }
    for (const member of members) member.tell('stop');
    const codes = (await Promise.all(members.map(({ exit }) => exit))).map(([code]) => code);
    const errors = members.flatMap((member) => member.errors);
    assert.deepEqual([errors, codes], [[], [0, 0, 0, 0]]);
    assert.ok(most >= 2 && most <= LIMIT, `${most}`);
    assert.equal(await mostOf(servers, places), 0);
  });
}

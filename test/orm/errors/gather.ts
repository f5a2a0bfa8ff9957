import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createConnection } from 'mysql2/promise';
import {
  freshDatabase,
  SERVER_KINDS,
  startOwnServer,
  type ServerKind,
  type TestServer,
} from '../../support/servers/index.js';
import { elsewhere, HERE, type Installed } from './installed.js';
import type { Order, Sighting } from './observe.js';
import type { Places } from './situations.js';

const run = promisify(execFile);
const root = join(__dirname, '../../../..');
// The least that MariaDB takes for max_connections.
const FEWEST = 10;
const MOST_OUTPUT = 10_000_000;

/** A program that looks at some ORMs. */
interface Program extends Installed {
  readonly doors: Order['doors'];
}

async function programs(): Promise<readonly Program[]> {
  const there = await elsewhere();
  return [
    { ...HERE, doors: ['Knex', 'Sequelize 6', 'Sequelize 7', 'MikroORM 6'] },
    { ...HERE, doors: ['TypeORM', 'Kysely', 'Drizzle', 'mysql2'] },
    { ...there, doors: ['Lucid', 'MikroORM 7'] },
    { ...there, doors: ['Prisma'] },
  ];
}

/**
 * Every ORM with its own pool and with ours, in every situation, on servers of each kind.
 * @param how one program after the other, so that the times are right, or `atOnce`; and only the `doors` that are installed
 *   here, all in one program, if they are named
 */
export async function gather(
  getServer: (kind: ServerKind) => Promise<TestServer>,
  how: { readonly atOnce: boolean; readonly doors?: readonly string[] },
): Promise<readonly Sighting[]> {
  const closers: (() => unknown)[] = [];
  try {
    const places: Record<string, Places> = {};
    for (const kind of SERVER_KINDS) places[kind] = await placesOn(await getServer(kind), closers);
    const looks = (how.doors ? [{ ...HERE, doors: how.doors }] : await programs()).flatMap((program) =>
      (['stock', 'ours'] as const).map((side) => () => look(program, { side, doors: program.doors, places })),
    );
    if (how.atOnce) return (await Promise.all(looks.map((each) => each()))).flat();
    const sightings: Sighting[] = [];
    for (const each of looks) sightings.push(...(await each()));
    return sightings;
  } finally {
    for (const close of closers.toReversed()) await close();
  }
}

async function look({ node, folder, env }: Program, order: Order): Promise<readonly Sighting[]> {
  const { NODE_TEST_CONTEXT: _, ...all } = process.env;
  const options = { cwd: root, env: { ...all, ...env }, maxBuffer: MOST_OUTPUT };
  const { stdout } = await run(node, [join(folder, 'orm/errors/observe.js'), JSON.stringify(order)], options);
  // Some ORMs print errors on their own.
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n') + 1)) as Sighting[];
}

async function placesOn(server: TestServer, closers: (() => unknown)[]): Promise<Places> {
  const database = await freshDatabase(server);
  await server.admin(`CREATE TABLE ${database.name}.users (id INT PRIMARY KEY)`);
  closers.push(() => database[Symbol.asyncDispose]());
  const { host, port, user, password } = server;
  const small = await startOwnServer(server.kind, { maxConnections: FEWEST });
  closers.push(() => small[Symbol.asyncDispose]());
  const account = { user: small.user, password: small.password };
  for (let n = 0; n < FEWEST; n++) {
    const one = await createConnection({ host, port: small.port, ...account });
    closers.push(() => one.destroy());
  }
  return {
    good: { host, port, user, password, database: database.name },
    crowded: { host, port: small.port, ...account, database: 'mysql' },
  };
}

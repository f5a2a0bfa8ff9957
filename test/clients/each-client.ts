import { freshDatabase, type TestServer } from '#support/servers/index.js';
import type { Request } from './arguments.js';
import type { Client, Mode } from './clients.js';
import { differences, refusalOf, surprises } from './compare.js';
import { LISTED } from './gateway-process.js';
import { runProgram, type Outcome } from './program.js';
import { runtimeOf, type Runtime } from './runtimes.js';
import { serverName, type Report, type Row } from './table.js';
import { withWays, type Way } from './way.js';

const TABLES = [
  'CREATE TABLE things (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(100) NOT NULL UNIQUE, data LONGBLOB)',
  'CREATE TABLE digits (d INT)',
  'INSERT INTO digits VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)',
  'CREATE TABLE numbers (n INT PRIMARY KEY, filling VARCHAR(100) NOT NULL)',
  `INSERT INTO numbers SELECT a.d * 1000 + b.d * 100 + c.d * 10 + e.d, REPEAT('x', 100)
     FROM digits a, digits b, digits c, digits e`,
  'CREATE PROCEDURE two() BEGIN SELECT 1 AS a; SELECT n FROM numbers WHERE n < 3 ORDER BY n; END',
];

/** Every client on every server, directly and every way. */
export async function testClients(request: Request, report: Report): Promise<void> {
  // Where there is a file of users, nobody else is let in.
  for (const isListed of [false, true]) {
    const clients = request.clients.filter((client) => (client.isListed === true) === isListed);
    if (clients.length === 0) continue;
    const work = async (server: TestServer, ways: readonly Way[]): Promise<void> => {
      for (const client of clients) await testClient(client, request, server, ways, report);
    };
    await withWays(request, { tls: true }, work, isListed);
  }
}

interface Account {
  readonly user: string;
  readonly password: string;
}

/** Whom a client logs in as. A gateway that is not ours knows only those of its own. */
async function accountFor({ isListed }: Client, { through }: Request, server: TestServer): Promise<Account> {
  if (isListed !== true || through.some((way) => way.includes(':'))) return server;
  const { user, password } = LISTED;
  const made = `CREATE USER IF NOT EXISTS ${user}@'%' IDENTIFIED BY '${password}'`;
  await server.admin(made, `GRANT ALL ON *.* TO ${user}@'%'`);
  return LISTED;
}

async function testClient(
  client: Client,
  request: Request,
  server: TestServer,
  ways: readonly Way[],
  report: Report,
): Promise<void> {
  let runtime: Runtime;
  try {
    runtime = await runtimeOf(client.runtime, request.suite);
  } catch (error) {
    const reason = (error as Error).message.replaceAll(/\s+/g, ' ').slice(0, 300);
    report.say(`${client.name}: cannot be had here: ${reason}`);
    report.rows.push({
      client: client.name,
      server: serverName(server),
      how: '',
      cells: ways.map(() => 'not to be had'),
    });
    return;
  }
  const account = await accountFor(client, request, server);
  for (const mode of client.modes) {
    for (const isSecure of [false, true]) {
      const run = new Run(client, runtime, mode, isSecure, server, account);
      report.rows.push(await run.compare(ways, report, request.verbose));
    }
  }
}

/** One client in one mode, with or without TLS. */
class Run {
  readonly #client: Client;
  readonly #runtime: Runtime;
  readonly #mode: Mode;
  readonly #isSecure: boolean;
  readonly #server: TestServer;
  readonly #account: Account;

  constructor(client: Client, runtime: Runtime, mode: Mode, isSecure: boolean, server: TestServer, account: Account) {
    this.#client = client;
    this.#runtime = runtime;
    this.#mode = mode;
    this.#isSecure = isSecure;
    this.#server = server;
    this.#account = account;
  }

  async compare(ways: readonly Way[], report: Report, verbose: boolean): Promise<Row> {
    const how = `${this.#mode}${this.#isSecure ? ', TLS' : ''}`;
    const server = serverName(this.#server);
    const cells: string[] = [];
    let first: Outcome | undefined;
    for (const way of ways) {
      if (this.#isSecure && way.ca === undefined) {
        cells.push('no TLS');
        continue;
      }
      const outcome = await this.#through(way);
      // Who is refused directly may be let in by the gateway, which knows more ways to log in.
      const faults = first && refusalOf(first) === undefined ? differences(first, outcome) : surprises(outcome);
      const passed = outcome.answers.size - faults.size;
      const total = Math.max(first?.answers.size ?? 0, outcome.answers.size);
      const refusal = outcome.answers.size === 1 ? refusalOf(outcome) : undefined;
      cells.push(refusal ?? (faults.size > 0 ? `${Math.max(0, passed)} of ${total}` : `${passed}`));
      report.passed += Math.max(0, passed);
      report.failed += faults.size;
      report.say(`${outcome.client}, ${server}, ${how}, ${way.name}: ${cells.at(-1)}`);
      for (const [check, text] of faults) report.say(`  ${check}: ${text}`);
      if (verbose) for (const [check, answer] of outcome.answers) report.say(`  ${check} ${JSON.stringify(answer)}`);
      first ??= outcome;
    }
    return { client: first?.client ?? this.#client.name, server, how, cells };
  }

  async #through({ host, port, ca }: Way): Promise<Outcome> {
    const { user, password } = this.#account;
    await using database = await freshDatabase(this.#server, ...TABLES);
    await using other = await freshDatabase(this.#server);
    const names = { database: database.name, other: other.name };
    const target = { host, port, user, password, ca: this.#isSecure ? ca : undefined, ...names };
    return await runProgram(this.#client, this.#runtime, this.#mode, target);
  }
}

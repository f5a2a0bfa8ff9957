import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Connector } from 'node-mysqlpool/pool';
import { accountFor } from '../../mysql/support.js';
import type { TestServer } from '../../support/servers/index.js';
import { until } from '../../support/until.js';
import type { ConnectorBench, ConnectorUnderTest, Destination } from '../connector-suite.js';

/** The address and the account to connect with. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
}

/** Makes a connector under test, and uses its connections for the suite. */
export interface Driver<C> {
  readonly make: (login: Login) => Connector<C>;
  /** Runs a statement as a borrower does. Resolves with the first value of the first row, if there is one. */
  readonly run: (connection: C, sql: string) => Promise<unknown>;
  /** The session's id on the server (CONNECTION_ID). */
  readonly idOf: (connection: C) => number;
  /** The connector ignores the reset mode: it cleans in one way only. */
  readonly cleansOneWay?: boolean;
}

/** In ms. About every 5 s, a server checks whether the client of a running statement is still connected. */
const FOUND_OUT_BY_ITSELF = 4_000;

const PASSWORD = 'conf0rm';

/**
 * The suite's bench on a real server. Each connector has its own account, so that the server can count its connections.
 */
export function serverBench<C>(server: TestServer, driver: Driver<C>): ConnectorBench<C> {
  const running = new Map<C, Promise<unknown>>();
  const { run, idOf } = driver;
  const runs = (connection: C): Promise<void> => runsOn(server, idOf(connection));
  return {
    cleansOneWay: driver.cleansOneWay ?? false,
    to: (t, where) => connectorTo(t, server, driver, where),
    begin: (connection) => {
      const ended = run(connection, 'SELECT SLEEP(60)').catch(() => undefined);
      running.set(connection, ended);
      return {
        runs: () => runs(connection),
        end: async () => {
          await server.admin(`KILL QUERY ${idOf(connection)}`).catch(unlessGone);
          await ended;
        },
      };
    },
    soil: async (connection) => void (await run(connection, 'SET @left = 1')),
    isSoiled: async (connection) => (await run(connection, 'SELECT @left')) !== null,
    kill: async (connection) => {
      // Only after the server has begun the statement: otherwise the KILL comes before it and its error reaches no one.
      if (running.has(connection)) await runs(connection);
      await server.admin(`KILL ${idOf(connection)}`);
    },
    // The error of a server that a failover has made read-only.
    demote: async (connection) => {
      const sql = "SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = 1836, MESSAGE_TEXT = 'running in read-only mode'";
      await run(connection, sql).catch(({ errno }: { readonly errno?: number }) => {
        if (errno !== 1836) throw new Error(`the server said ${errno}`);
      });
    },
    until: async (condition) => void (await until(condition, FOUND_OUT_BY_ITSELF)),
  };
}

async function connectorTo<C>(
  t: TestContext,
  server: TestServer,
  { make }: Driver<C>,
  where: Destination,
): Promise<ConnectorUnderTest<C>> {
  if (where === 'silence') {
    const silent = await silence(t);
    const login = { host: '127.0.0.1', port: silent.port, user: 'nobody', password: '' };
    return { connector: served(make, login), count: silent.count };
  }
  const user = await accountFor(t, server, PASSWORD, where === 'full' ? 'WITH MAX_USER_CONNECTIONS 1' : '');
  const login = {
    host: server.host,
    // Port 1: nothing listens there.
    port: where === 'transient' ? 1 : server.port,
    user,
    password: where === 'fatal' ? 'wrong' : PASSWORD,
  };
  return { connector: served(make, login), count: () => server.connections(user) };
}

/** The connector, attached to a minimal pool whose connections it uses to stop statements that were left running. */
function served<C>(make: Driver<C>['make'], login: Login): Connector<C> {
  const connector = make(login);
  connector.attach?.({
    stats: () => ({ state: 'open', size: 1, maxSize: 2 }),
    acquire: async (_label, signal) => {
      const connection = await connector.open({ id: 0, signal, lost: () => undefined, unfit: () => undefined });
      const end = (): void => connector.destroy(connection);
      return { connection, release: end, destroy: end };
    },
  });
  return connector;
}

/** A listener that accepts connections and never sends anything. */
async function silence(t: TestContext): Promise<{ readonly port: number; readonly count: () => number }> {
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  const address = listener.address();
  if (address === null || typeof address !== 'object') throw new Error('no port');
  return { port: address.port, count: () => sockets.size };
}

const NO_SUCH_THREAD = 1094;

function unlessGone(error: Error & { readonly errno?: number }): void {
  if (error.errno !== NO_SUCH_THREAD) throw error;
}

async function runsOn(server: TestServer, id: number): Promise<void> {
  const sql = `SELECT COMMAND AS command FROM information_schema.PROCESSLIST WHERE ID = ${id}`;
  await until(async () => (await server.admin(sql))[0]?.['command'] === 'Query');
}

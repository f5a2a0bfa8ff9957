/** Every connector passes the one suite, on both servers. */
import * as mysql2 from 'mysql2';
import type { MysqlConnection } from 'node-mysqlpool';
import { MysqlConnector } from '#internal/mysql/connector.js';
import { CreatorConnector, watchedDriver } from '#internal/mysql/creator-connector.js';
import { splitOptions } from '#internal/mysql/options.js';
import { eachServer } from '../support/servers/shared.js';
import { connectorConformance } from './connector-suite.js';
import { serverBench, type MakeConnector } from './support/server-bench.js';

const ours: MakeConnector = (login, pool) => {
  const connector = new MysqlConnector(splitOptions(login, undefined));
  connector.serve(pool);
  return connector;
};

const driver = watchedDriver(mysql2);

/** Connects as ORMs do. */
const overCreator: MakeConnector = (login, pool) => {
  const connector = new CreatorConnector({
    create: () =>
      new Promise<MysqlConnection>((resolve, reject) => {
        const connection = driver.createConnection({ ...login });
        connection.once('connect', () => resolve(connection));
        connection.once('error', reject);
      }),
    close: (connection) => new Promise<void>((resolve) => connection.end(() => resolve())),
  });
  connector.serve(pool);
  return connector;
};

eachServer('connectors', (_kind, getServer) => {
  connectorConformance('MysqlConnector', async () => serverBench(await getServer(), ours));
  connectorConformance('CreatorConnector', async () => serverBench(await getServer(), overCreator));
});

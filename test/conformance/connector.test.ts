/** Every connector passes the one suite, on both servers. */
import * as mysql2 from 'mysql2';
import * as mysql2Promise from 'mysql2/promise';
import type { MysqlConnection } from 'node-mysqlpool';
import { facadeOf } from '#internal/facade/facade.js';
import type { CoreModule, PromiseModule } from '#internal/facade/mysql2-module.js';
import { poolConnectionClass } from '#internal/facade/pool-connection.js';
import { MysqlConnector } from '#internal/mysql/connector.js';
import { CreatorSource } from '#internal/mysql/creator-source.js';
import { watchedDriver } from '#internal/mysql/watched-driver.js';
import { splitOptions } from '#internal/api/options.js';
import { OptionsSource } from '#internal/mysql/options-source.js';
import { eachServer } from '../support/servers/shared.js';
import { connectorConformance } from './connector-suite.js';
import { serverBench, type MakeConnector } from './support/server-bench.js';

const ours: MakeConnector = (login, pool) => {
  const connector = new MysqlConnector(new OptionsSource(splitOptions(login)));
  connector.serve(pool);
  return connector;
};

const core = mysql2 as unknown as CoreModule;
const facade = facadeOf(core, () => mysql2Promise as unknown as PromiseModule);
const PoolConnection = poolConnectionClass(core, facade.promises);

/** The connections that the drop-in pool lends, whose `end`, `destroy` and `release` mean something else. */
const ofDropIn: MakeConnector = (login, pool) => {
  const source = new OptionsSource(
    splitOptions(login),
    (options) => new PoolConnection(undefined, { config: new core.ConnectionConfig(options) }),
  );
  const connector = new MysqlConnector(source);
  connector.serve(pool);
  return connector;
};

const driver = watchedDriver(mysql2);

/** Connects as ORMs do. */
const overCreator: MakeConnector = (login, pool) => {
  const connector = new MysqlConnector(
    new CreatorSource({
      driver,
      create: () =>
        new Promise<MysqlConnection>((resolve, reject) => {
          const connection = driver.createConnection({ ...login });
          connection.once('connect', () => resolve(connection));
          connection.once('error', reject);
        }),
      close: (connection) => new Promise<void>((resolve) => connection.end(() => resolve())),
    }),
  );
  connector.serve(pool);
  return connector;
};

eachServer('connectors', (_kind, getServer) => {
  connectorConformance('MysqlConnector', async () => serverBench(await getServer(), ours));
  connectorConformance('MysqlConnector of the drop-in pool', async () => serverBench(await getServer(), ofDropIn));
  connectorConformance('MysqlConnector over a creator', async () => serverBench(await getServer(), overCreator));
});

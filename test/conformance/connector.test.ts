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
import { backendDriver } from './support/backend-driver.js';
import { mysql2Driver } from './support/mysql2-driver.js';
import { serverBench } from './support/server-bench.js';

const ours = mysql2Driver((login) => new MysqlConnector(new OptionsSource(splitOptions(login))));

const core = mysql2 as unknown as CoreModule;
const facade = facadeOf(core, () => mysql2Promise as unknown as PromiseModule);
const PoolConnection = poolConnectionClass(core, facade.promises);

/** The connections that the drop-in pool lends, whose `end`, `destroy` and `release` mean something else. */
const ofDropIn = mysql2Driver((login) => {
  const source = new OptionsSource(
    splitOptions(login),
    (options) => new PoolConnection(undefined, { config: new core.ConnectionConfig(options) }),
  );
  return new MysqlConnector(source);
});

const driver = watchedDriver(mysql2);

/** Connects as ORMs do. */
const overCreator = mysql2Driver((login) => {
  const create = (): Promise<MysqlConnection> =>
    new Promise((resolve, reject) => {
      const connection = driver.createConnection({ ...login });
      connection.once('connect', () => resolve(connection));
      connection.once('error', reject);
    });
  const close = (connection: MysqlConnection): Promise<void> =>
    new Promise((resolve) => connection.end(() => resolve()));
  return new MysqlConnector(new CreatorSource({ driver, create, close }));
});

eachServer('connectors', (_kind, getServer) => {
  connectorConformance('MysqlConnector', async () => serverBench(await getServer(), ours));
  connectorConformance('MysqlConnector of the drop-in pool', async () => serverBench(await getServer(), ofDropIn));
  connectorConformance('MysqlConnector over a creator', async () => serverBench(await getServer(), overCreator));
  connectorConformance('BackendConnector', async () => serverBench(await getServer(), backendDriver));
});

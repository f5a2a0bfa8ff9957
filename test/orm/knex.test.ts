import { MysqlPoolClient } from 'node-mysqlpool/knex';
import { configOf, knexFactory, KNEX_TIMEOUT, openKnex } from './support/knex-driver.js';
import { ormSuite } from './support/orm-suite.js';

ormSuite({
  name: 'Knex 3.3.0',
  streams: true,
  timeout: KNEX_TIMEOUT,
  open: (options) => openKnex(knexFactory(configOf(options, MysqlPoolClient))),
});

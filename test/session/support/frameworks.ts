/** Statements that frameworks and drivers send on their own, exactly as sent. */
import type { ServerKind } from '#support/servers/index.js';

const STRICT = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO';

type Texts = readonly string[];

const ON_BOTH: Readonly<Record<string, Texts>> = {
  'Django on mysqlclient': [
    'SET NAMES utf8mb4',
    'SET SQL_AUTO_IS_NULL = 0',
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    "SELECT VERSION(), @@sql_mode, @@default_storage_engine, @@sql_auto_is_null, @@lower_case_table_names, CONVERT_TZ('2001-01-01 01:00:00', 'UTC', 'UTC') IS NOT NULL",
    'SET autocommit=0',
    'SAVEPOINT `s1_x1`',
    "INSERT INTO t (name) VALUES ('x')",
    'RELEASE SAVEPOINT `s1_x1`',
    'COMMIT',
    'SET autocommit=1',
    'SET foreign_key_checks=0',
    'SELECT COUNT(*) AS `__count` FROM `t`',
    'SET foreign_key_checks=1',
  ],
  'Django on PyMySQL': [
    "SET sql_mode='STRICT_TRANS_TABLES'",
    'SET AUTOCOMMIT = 0',
    'SELECT @@SQL_AUTO_IS_NULL',
    'COMMIT',
  ],
  Laravel: [
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED;',
    `SET NAMES 'utf8mb4' COLLATE 'utf8mb4_unicode_ci', time_zone='+00:00', SESSION sql_mode='${STRICT}';`,
    "set names 'utf8mb4' collate 'utf8mb4_unicode_ci'",
    'START TRANSACTION',
    'SAVEPOINT trans2',
    'ROLLBACK TO SAVEPOINT trans2',
    'COMMIT',
  ],
  WordPress: [
    "SET NAMES 'utf8mb4' COLLATE 'utf8mb4_unicode_520_ci'",
    'SELECT @@SESSION.sql_mode',
    "SET SESSION sql_mode='NO_ENGINE_SUBSTITUTION'",
    'SELECT SQL_CALC_FOUND_ROWS t.id FROM t WHERE 1=1 ORDER BY t.id DESC LIMIT 0, 10',
    'SELECT FOUND_ROWS()',
    "SELECT name FROM t WHERE name = 'it\\'s an f(x) isn\\'t it' LIMIT 1",
    'SHOW FULL COLUMNS FROM `t`',
  ],
  Rails: [
    "SET NAMES utf8mb4,  @@SESSION.sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO'),  @@SESSION.sql_auto_is_null = 0, @@SESSION.wait_timeout = 2147483",
    'BEGIN',
    'SAVEPOINT active_record_1',
    'RELEASE SAVEPOINT active_record_1',
    'COMMIT',
    'SELECT @@FOREIGN_KEY_CHECKS',
    'SET FOREIGN_KEY_CHECKS = 0',
    'SET FOREIGN_KEY_CHECKS = 1',
    'SHOW FULL FIELDS FROM `t`',
  ],
  SQLAlchemy: [
    'SELECT DATABASE()',
    'SELECT @@sql_mode',
    'SELECT @@lower_case_table_names',
    'SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    "SELECT CAST('test plain returns' AS CHAR(60)) AS anon_1",
    'ROLLBACK',
  ],
  Prisma: [
    'SELECT VERSION()',
    'SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'BEGIN',
    'SELECT `t`.`id` FROM `t` WHERE 1=1',
    'COMMIT',
  ],
  TypeORM: ['SELECT VERSION() AS `version`', 'SELECT DATABASE() AS `db_name`', 'START TRANSACTION', 'COMMIT'],
  Sequelize: ["SET time_zone = '+00:00'", 'START TRANSACTION;', 'COMMIT;', 'SELECT VERSION() as `version`'],
  Knex: ['BEGIN;', 'COMMIT;', 'SET SESSION TRANSACTION READ WRITE'],
  'Go driver': [
    'SET NAMES utf8mb4',
    "SET sql_mode='TRADITIONAL'",
    "SET time_zone='+01:00'",
    'START TRANSACTION',
    'ROLLBACK',
  ],
  Doctrine: [
    'SET NAMES utf8mb4',
    'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
    'START TRANSACTION',
    'COMMIT',
  ],
  'JDBC pool': [
    'SET autocommit=1',
    'SELECT 1',
    '/* ping */ SELECT 1',
    'SET autocommit=0',
    'COMMIT',
    'SET SESSION TRANSACTION READ ONLY',
    'SET SESSION TRANSACTION READ WRITE',
  ],
  'any application': [
    "SET @user_id = 42, @tenant = 'acme', @ratio = 0.5, @nothing = NULL",
    'SET group_concat_max_len = 100000',
    'SET lock_wait_timeout = 5',
    'SET net_write_timeout = 600',
  ],
};

const ONLY: Readonly<Record<ServerKind, Readonly<Record<string, Texts>>>> = {
  mysql: {
    'Connector/J of MySQL': [
      '/* mysql-connector-j-8.4.0 */SELECT  @@session.auto_increment_increment AS auto_increment_increment, @@character_set_client AS character_set_client, @@session.transaction_isolation AS transaction_isolation, @@wait_timeout AS wait_timeout',
      'SET character_set_results = NULL',
      'SET NAMES utf8mb4',
      "SET sql_mode='STRICT_TRANS_TABLES'",
      'SELECT @@session.transaction_read_only',
      'SET SESSION MAX_EXECUTION_TIME = 1000',
    ],
  },
  mariadb: {
    'Connector/J of MariaDB': [
      "SET sql_mode=CONCAT(@@sql_mode,',STRICT_TRANS_TABLES'), session_track_system_variables=CONCAT(@@global.session_track_system_variables,',tx_isolation'), NAMES utf8mb4",
      'SELECT @@max_allowed_packet, @@wait_timeout',
      'SET autocommit=0',
      'COMMIT',
      'SET STATEMENT max_statement_time=1 FOR SELECT 1',
    ],
  },
};

/** The statements by framework. They need a table `t (id, name)`. */
export const frameworksOn = (kind: ServerKind): Readonly<Record<string, Texts>> => ({ ...ON_BOTH, ...ONLY[kind] });

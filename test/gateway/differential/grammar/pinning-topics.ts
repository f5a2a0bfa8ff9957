/** Topics whose state exists only on the backend that has run the statement, and therefore pins the client. */
import type { Topic } from './topic.js';

const TEMPORARY: Topic = {
  name: 'temporary tables',
  pins: true,
  lines: [
    'CREATE TEMPORARY TABLE tmp (id INT, word VARCHAR(20))',
    'CREATE TEMPORARY TABLE tmp AS SELECT id, word FROM facts',
    'CREATE TEMPORARY TABLE IF NOT EXISTS tmp LIKE facts',
    'CREATE /* hidden */ TEMPORARY TABLE tmp2 (PRIMARY KEY (id)) SELECT id FROM facts',
    'CREATE TEMPORARY TABLE t{me} (shadow INT)',
    'mariadb: CREATE OR REPLACE TEMPORARY TABLE tmp (id INT)',
    'CREATE TEMPORARY TABLE pb.tmp3 (id INT) ;; SELECT * FROM pb.tmp3',
    'INSERT INTO tmp (id) VALUES ({int})',
    'SELECT * FROM tmp',
    'ALTER TABLE tmp ADD COLUMN more INT',
    'DROP TEMPORARY TABLE IF EXISTS tmp',
    'DROP TABLE IF EXISTS tmp, tmp2',
    'DROP TEMPORARY TABLE tmp',
    'DROP TEMPORARY TABLE IF EXISTS t{me}',
    'CALL p_hidden() ;; SELECT COUNT(*) FROM tmp_hidden',
    'CALL p_temporary() ;; SELECT COUNT(*) FROM tmp_plain',
    'TRUNCATE tmp',
    '{probe}',
    'mariadb: DROP TABLE t{me} ;; SELECT COUNT(*) FROM t{me} ;; CREATE TABLE IF NOT EXISTS t{me} (id INT AUTO_INCREMENT PRIMARY KEY, n INT, s VARCHAR(60))',
  ],
};

const PREPARED_TEXT: Topic = {
  name: 'prepared statements, as text',
  pins: true,
  lines: [
    "PREPARE p1 FROM 'SELECT word FROM facts WHERE id = ?'",
    "PREPARE p2 FROM 'INSERT INTO t{me} (n) VALUES (?)'",
    "SET @sql = 'SELECT 1 + ?' ;; PREPARE p1 FROM @sql",
    'SET @x = {small} ;; EXECUTE p1 USING @x',
    'EXECUTE p1',
    'SET @x = {fresh} ;; EXECUTE p2 USING @x ;; SELECT LAST_INSERT_ID()',
    'DEALLOCATE PREPARE p1',
    'DROP PREPARE p2',
    "PREPARE p1 FROM 'nonsense'",
    'EXECUTE nothing_such',
    'USE {db} ;; SET @x = 2 ;; EXECUTE p1 USING @x',
    "mariadb: EXECUTE IMMEDIATE 'SELECT 1'",
    "mariadb: EXECUTE IMMEDIATE 'SET @b = 5' ;; SELECT @b",
    'CALL p_prepare() ;; EXECUTE within',
    "PREPARE p3 FROM 'CREATE TEMPORARY TABLE tmp AS SELECT 1 AS one' ;; EXECUTE p3 ;; SELECT * FROM tmp",
    '{probe}',
  ],
};

const ROUTINES: Topic = {
  name: 'routines',
  pins: true,
  lines: [
    '3* CALL p_rows({small})',
    'CALL p_set({int}) ;; SELECT @p',
    'CALL p_into() ;; SELECT @q',
    'CALL p_mode() ;; SELECT @@sql_mode',
    'CALL p_zone({zoneName}) ;; SELECT @@time_zone',
    'CALL p_names() ;; SELECT @@character_set_client, @@collation_connection',
    'CALL p_begin() ;; {write} ;; ROLLBACK ;; SELECT COUNT(*) FROM t{me}',
    'BEGIN ;; {write} ;; CALL p_commit() ;; ROLLBACK ;; SELECT COUNT(*) FROM t{me}',
    'SET @i = 1 ;; CALL p_out(3, @o, @i) ;; SELECT @o, @i',
    'CALL p_signal()',
    'CALL p_warn()',
    'CALL p_zone_then_error() ;; SELECT @@time_zone',
    "CALL p_lock('lock{me}') ;; SELECT RELEASE_LOCK('lock{me}')",
    'CALL p_select_limit() ;; SELECT id FROM facts ORDER BY id',
    'CALL nothing_such()',
    'CALL pb.p_rows(1)',
    'SELECT f_plain({int}), f_set({int}) ;; SELECT @f',
    "SELECT f_lock('lock{me}') ;; SELECT RELEASE_LOCK('lock{me}')",
    'INSERT INTO w{me} (n) VALUES (f_set({int})) ;; SELECT @f, @w',
    'DO f_set({int})',
    '!prepare {slot} CALL p_out(?, ?, ?) ;; !execute {slot} [4, 0, 1]',
    'CREATE PROCEDURE q{me}_{fresh}() SELECT {int}, @@sql_mode ;; CALL q{me}_{fresh}()',
    'mariadb: BEGIN NOT ATOMIC DECLARE x INT DEFAULT 3; SET @a = x; SELECT x; END',
    '2* {probe}',
  ],
};

const LOCKS: Topic = {
  name: 'locks',
  pins: true,
  lines: [
    "SELECT GET_LOCK('lock{me}', 5)",
    "DO GET_LOCK('lock{me}', 5)",
    "SELECT RELEASE_LOCK('lock{me}')",
    "DO RELEASE_LOCK('lock{me}')",
    'SELECT RELEASE_ALL_LOCKS()',
    "SELECT IS_FREE_LOCK('lock{me}'), IS_USED_LOCK('lock{me}') = CONNECTION_ID()",
    "SELECT GET_LOCK('lock{me}', 5) ;; {probe} ;; SELECT IS_FREE_LOCK('lock{me}') ;; SELECT RELEASE_LOCK('lock{me}')",
    'LOCK TABLES t{me} READ ;; SELECT COUNT(*) FROM t{me} ;; SELECT COUNT(*) FROM facts ;; {write} ;; UNLOCK TABLES',
    'LOCK TABLES t{me} WRITE, facts READ ;; {write} ;; SELECT COUNT(*) FROM t{me} ;; UNLOCK TABLES',
    'LOCK TABLES t{me} WRITE ;; BEGIN ;; SELECT COUNT(*) FROM facts ;; COMMIT',
    'LOCK TABLES nothing_such WRITE',
    'UNLOCK TABLES',
    'HANDLER facts OPEN ;; HANDLER facts READ FIRST ;; {probe} ;; HANDLER facts READ NEXT ;; HANDLER facts CLOSE',
    'HANDLER facts OPEN AS h ;; HANDLER h READ `PRIMARY` = (3)',
    'HANDLER h READ `PRIMARY` NEXT',
    'HANDLER h CLOSE',
    'FLUSH TABLES facts WITH READ LOCK ;; {probe} ;; UNLOCK TABLES',
    '2* {probe}',
  ],
};

const GLOBAL_LOCKS: Topic = {
  name: 'global locks',
  pins: true,
  alone: true,
  lines: [
    'FLUSH TABLES WITH READ LOCK ;; {probe} ;; {write} ;; UNLOCK TABLES',
    'mysql: LOCK INSTANCE FOR BACKUP ;; {probe} ;; UNLOCK INSTANCE',
    'mariadb: BACKUP STAGE START ;; {probe} ;; BACKUP STAGE END',
    'mariadb: BACKUP LOCK facts ;; {probe} ;; BACKUP UNLOCK',
    'FLUSH TABLES WITH READ LOCK ;; SET @a = 1 ;; COMMIT ;; {write} ;; UNLOCK TABLES',
    '{probe}',
  ],
};

const XA_AND_ROLES: Topic = {
  name: 'XA and roles',
  pins: true,
  lines: [
    "XA START 'x{me}-{fresh}' ;; {write} ;; XA END 'x{me}-{fresh}' ;; XA COMMIT 'x{me}-{fresh}' ONE PHASE",
    "XA START 'x{me}-{fresh}' ;; {write} ;; XA END 'x{me}-{fresh}' ;; XA PREPARE 'x{me}-{fresh}' ;; XA COMMIT 'x{me}-{fresh}'",
    "XA START 'x{me}-{fresh}' ;; {write} ;; XA END 'x{me}-{fresh}' ;; XA PREPARE 'x{me}-{fresh}' ;; XA ROLLBACK 'x{me}-{fresh}' ;; SELECT COUNT(*) FROM t{me}",
    "XA START 'x{me}-{fresh}' ;; COMMIT ;; {probe} ;; XA END 'x{me}-{fresh}' ;; XA ROLLBACK 'x{me}-{fresh}'",
    "XA COMMIT 'nothing such'",
    'SET ROLE reader ;; SELECT CURRENT_ROLE() ;; {probe} ;; SET ROLE NONE',
    'SET ROLE reader ;; {probe} ;; SELECT CURRENT_ROLE()',
    'SET ROLE nothing_such',
    'mysql: SET ROLE DEFAULT ;; SELECT CURRENT_ROLE()',
    'SELECT CURRENT_ROLE()',
    '{probe}',
  ],
};

export const PINNING_TOPICS: readonly Topic[] = [TEMPORARY, PREPARED_TEXT, ROUTINES, LOCKS, GLOBAL_LOCKS, XA_AND_ROLES];

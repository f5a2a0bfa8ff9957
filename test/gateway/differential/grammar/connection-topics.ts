/** Topics about the connection itself rather than about single statements. */
import type { Topic } from './topic.js';

const FILES: Topic = {
  name: 'files of the client',
  lines: [
    "3* !load {fresh},a;{fresh},b; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} FIELDS TERMINATED BY ',' (n, s)",
    "!load 1,a;{fresh},b; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} FIELDS TERMINATED BY ',' (n, s) ;; SHOW WARNINGS",
    "!load {fresh},ä€; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} FIELDS TERMINATED BY ',' (n, s) ;; SELECT s FROM t{me} ORDER BY id DESC LIMIT 2",
    "!load {fresh},ä; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} CHARACTER SET latin1 FIELDS TERMINATED BY ',' (n, s) ;; SELECT HEX(s) FROM t{me} ORDER BY id DESC LIMIT 2",
    "!load {fresh},a;{fresh},b; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} FIELDS TERMINATED BY ',' (n, @a) SET s = UPPER(@a) ;; SELECT @a, LAST_INSERT_ID()",
    "!load ; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} (n)",
    "!load 1 LOAD DATA LOCAL INFILE 'x' INTO TABLE nothing_such (n)",
    "BEGIN ;; !load {fresh},a; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} FIELDS TERMINATED BY ',' (n, s) ;; {probe} ;; ROLLBACK",
    "!load {fresh} SELECT 1; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} (n); SELECT 2",
    "LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} (n)",
    "!reset ;; !load {fresh},ä; LOAD DATA LOCAL INFILE 'x' INTO TABLE t{me} FIELDS TERMINATED BY ',' (n, s) ;; USE {db}",
    '{probe}',
    'SET NAMES {pair}',
    '!use {rawDb}',
  ],
};

const USERS: Topic = {
  name: 'changes of the user',
  lines: [
    '2* !user {rawDb}',
    'SET @a = {literal} ;; !user {rawDb} ;; SELECT @a',
    'SET {setting} ;; !user {rawDb} ;; {probe}',
    'SET NAMES {pair} ;; !user {rawDb} ;; {probe}',
    'BEGIN ;; {write} ;; !user {rawDb} ;; SELECT COUNT(*) FROM t{me}',
    '!prepare {slot} SELECT ? ;; !user {rawDb} ;; !execute {slot} [1]',
    'INSERT INTO t{me} (n) VALUES ({fresh}) ;; !user {rawDb} ;; SELECT LAST_INSERT_ID()',
    "SELECT GET_LOCK('lock{me}', 5) ;; !user {rawDb} ;; SELECT IS_FREE_LOCK('lock{me}')",
    'CREATE TEMPORARY TABLE tmp (id INT) ;; !user {rawDb} ;; SELECT * FROM tmp',
    'mysql: {failing} ;; !user {rawDb} ;; SHOW WARNINGS',
    '!multi off ;; !user {rawDb} ;; SELECT 1; SELECT 2',
    '!reset ;; !user {rawDb} ;; SET CHARACTER SET latin2 ;; {probe}',
    '!user nowhere ;; SELECT 1 ;; !connect',
    'SET time_zone = {zone}',
    '{write}',
    '{probe}',
  ],
};

const KILLS: Topic = {
  name: 'kills',
  lines: [
    'KILL QUERY {id {me}}',
    '{probe} ;; KILL {id {me}} ;; SELECT 1 ;; !connect',
    'BEGIN ;; {write} ;; KILL {id {me}} ;; !connect ;; SELECT COUNT(*) FROM t{me}',
    'KILL QUERY {id 0}',
    'KILL QUERY {id 9}',
    'KILL {id 9}',
    'KILL {id 9} ;; SHOW ERRORS',
    'KILL QUERY nothing',
    'mysql: KILL QUERY CONNECTION_ID()',
    '2* {write}',
    '2* {probe}',
    'SET @a = {literal}',
    'BEGIN ;; {write}',
    'COMMIT',
  ],
};

export const CONNECTION_TOPICS: readonly Topic[] = [FILES, USERS, KILLS];

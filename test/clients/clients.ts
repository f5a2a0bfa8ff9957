import type { RuntimeName } from './runtimes.js';

/** How a client sends parameters: in the text of a statement, or apart from a prepared one. */
export type Mode = 'text' | 'binary';

export interface Client {
  /** What it is called on the command line of the test. */
  readonly name: string;
  readonly runtime: RuntimeName;
  /** Its file in `programs`; none where the runtime is the program. */
  readonly program?: string;
  readonly modes: readonly Mode[];
  readonly env?: Readonly<Record<string, string>>;
  /** It cannot tell its password: the gateway has to have it in its file of users. */
  readonly isListed?: true;
}

/** Every client, with the program that it runs. */
export const CLIENTS: readonly Client[] = [
  { name: 'npm-mysql2', runtime: 'node', program: 'mysql2.mjs', modes: ['text', 'binary'] },
  { name: 'npm-mariadb', runtime: 'node', program: 'mariadb.mjs', modes: ['text', 'binary'] },
  { name: 'npm-mysql', runtime: 'npm', program: 'mysql.mjs', modes: ['text'], isListed: true },
  { name: 'mariadb-cli', runtime: 'mariadb-cli', program: 'cli.mjs', modes: ['text'] },
  { name: 'mysql-cli', runtime: 'mysql-cli', program: 'cli.mjs', modes: ['text'] },
  { name: 'mysqlclient', runtime: 'python', program: 'dbapi.py', modes: ['text'], env: { DB_CLIENT: 'mysqlclient' } },
  { name: 'pymysql', runtime: 'python', program: 'dbapi.py', modes: ['text'], env: { DB_CLIENT: 'pymysql' } },
  { name: 'django', runtime: 'python', program: 'orm.py', modes: ['text'], env: { DB_CLIENT: 'mysqlclient' } },
  { name: 'django-pymysql', runtime: 'python', program: 'orm.py', modes: ['text'], env: { DB_CLIENT: 'pymysql' } },
  { name: 'mysqli', runtime: 'php', program: 'mysqli.php', modes: ['binary'] },
  { name: 'pdo', runtime: 'php', program: 'pdo.php', modes: ['text', 'binary'] },
  { name: 'go', runtime: 'go', modes: ['text', 'binary'] },
  { name: 'jdbc', runtime: 'java', program: 'Jdbc.java', modes: ['text', 'binary'] },
  { name: 'ruby', runtime: 'ruby', program: 'mysql2.rb', modes: ['binary'] },
  { name: 'perl', runtime: 'perl', program: 'dbd-mysql.pl', modes: ['text', 'binary'] },
];

/** Those that need no packages but npm's: for continuous integration. */
export const QUICK = ['npm-mysql2', 'npm-mariadb', 'npm-mysql'];

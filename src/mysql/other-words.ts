import { didYouMean } from '../pool/index.js';

/**
 * The equivalent here: an option of ours or of mysql2, with a note such as its unit, or a sentence for where there is
 * no such option.
 */
interface Ours {
  readonly option?: string;
  readonly note?: string;
  readonly text?: string;
}

const is = (option: string, note?: string): Ours => (note === undefined ? { option } : { option, note });
const text = (sentence: string): Ours => ({ text: sentence });

const TLS = text('TLS is the option ssl: {} turns it on and checks the certificate; in a URL ?ssl={}');
const IN_TLS = text('it is part of the option ssl: { ca, cert, key, passphrase }');
const BESIDE = text(
  'it has no options inside; those of the connection and of the pool stand side by side: { host, user, maxSize }',
);
const AGAIN: Ours = {
  option: 'retry',
  text: 'connecting is tried again until acquireTimeout is over; a transaction is run again with pool.transaction(fn, { retry })',
};
const HOOK = text('send it from onConnect: (connection) => connection.query("SET …")');

/**
 * Names that other drivers, pools and ORMs use (JDBC, Prisma, MySQLdb, SQLAlchemy, HikariCP, the mariadb package) and
 * that differ too much from ours to be found by spelling. In lower case, without separators.
 */
const WORDS: ReadonlyMap<string, Ours> = new Map([
  ['username', is('user')],
  ['hostname', is('host')],
  ['server', is('host')],
  ['db', is('database')],
  ['dbname', is('database')],
  ['passwd', is('password')],
  ['pass', is('password')],
  ['url', is('uri')],
  ['connectionstring', is('uri')],
  ['socket', is('socketPath')],
  ['unixsocket', is('socketPath')],
  ['max', is('maxSize')],
  ['size', is('maxSize')],
  ['poolsize', is('maxSize')],
  ['maxoverflow', is('maxSize')],
  ['maximumpoolsize', is('maxSize')],
  ['connectionlimit', is('maxSize')],
  ['min', is('minIdle')],
  ['minimumidle', is('minIdle')],
  ['idle', is('idleTimeout')],
  ['acquire', is('acquireTimeout')],
  ['timeout', is('acquireTimeout')],
  ['pooltimeout', is('acquireTimeout', 'in ms')],
  ['connecttimeout', is('connectTimeout', 'in ms')],
  ['initializationtimeout', is('connectTimeout')],
  ['recycle', is('maxLifetime', 'in ms')],
  ['preping', is('ping')],
  ['keepalivetime', is('keepaliveInterval')],
  ['resetonreturn', is('reset')],
  ['uselifo', is('order')],
  ['isolationlevel', is('isolation')],
  ['leakdetectiontimeout', is('leakThreshold')],
  ['leakdetectionthreshold', is('leakThreshold')],
  ['poolname', is('name')],
  ['loggingname', is('name')],
  ['echo', is('logger')],
  ['logging', is('logger')],
  ['encoding', is('charset')],
  ['characterencoding', is('charset')],
  ['servertimezone', is('timezone')],
  ['connectiontimezone', is('timezone')],
  ['allowmultiqueries', is('multipleStatements')],
  ['usecompression', is('compress')],
  ['sslmode', TLS],
  ['usessl', TLS],
  ['requiressl', TLS],
  ['tls', TLS],
  ['sslaccept', TLS],
  ['sslca', IN_TLS],
  ['sslcert', IN_TLS],
  ['sslkey', IN_TLS],
  ['sslidentity', IN_TLS],
  ['sslpassword', IN_TLS],
  ['verifyservercertificate', text('here it is ssl: { rejectUnauthorized }')],
  ['trustservercertificate', text('here it is ssl: { rejectUnauthorized }')],
  ['allowpublickeyretrieval', text("mysql2 asks for the server's key by itself")],
  ['sockettimeout', text('a statement has a limit of its own: pool.query({ sql, timeout })')],
  ['querytimeout', text('a statement has a limit of its own: pool.query({ sql, timeout })')],
  ['autoreconnect', text('a connection that was lost is always replaced')],
  ['useunicode', text('text always comes as text')],
  ['retry', AGAIN],
  ['retries', AGAIN],
  ['maxretries', AGAIN],
  ['retrycount', AGAIN],
  ['retryattempts', AGAIN],
  ['connection', BESIDE],
  ['pool', BESIDE],
  ['driveroptions', BESIDE],
  ['dialectoptions', BESIDE],
  ['extra', BESIDE],
  ['initcommand', HOOK],
  ['initsql', HOOK],
  ['connectioninitsql', HOOK],
  ['sqlmode', HOOK],
  ['sessionvariables', HOOK],
]);

/** The equivalent here of an unknown option; undefined if no other library is known to have it either. */
export const otherWord = (name: string): Ours | undefined => WORDS.get(name.toLowerCase().replace(/[_\-\s.]/g, ''));

/**
 * The hint after `unknown option "…"`: the name it has here, or the known name with the most similar spelling; may be
 * empty.
 */
export function whatInstead(name: string, known: Iterable<string>): string {
  const word = otherWord(name);
  if (word?.option === undefined || ![...known].includes(word.option))
    return word?.text === undefined ? didYouMean(name, known) : `: ${word.text}`;
  return word.note === undefined ? ` (did you mean "${word.option}"?)` : `: here it is ${word.option}, ${word.note}`;
}

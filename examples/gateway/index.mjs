// node examples/gateway/index.mjs mysql://user:password@host/database
// Forty programs that know nothing of a pool, each with a connection of its own, share four sessions of the server: they
// connect to the gateway instead of the server. Each sets variables as frameworks do, and finds them in every statement.
import mysql from 'mysql2/promise';
import { startGateway } from 'node-mysqlpool/gateway';

const [PROGRAMS, SESSIONS, STATEMENTS] = [40, 4, 5];

const { host, port, user, password, database } = readUrl(process.argv[2] ?? process.env.DATABASE_URL);
const gateway = await startGateway({ server: { host, port }, listen: 0, maxSize: SESSIONS });
const address = gateway.addresses[0];
const seen = new Set();
let wrong = 0;

/** One program, in whatever language. */
async function program(number) {
  const connection = await mysql.createConnection({
    host: '127.0.0.1',
    port: Number(address.slice(address.lastIndexOf(':') + 1)),
    user,
    password,
    database,
  });
  await connection.query(`SET time_zone = '+0${number % 10}:00', @tenant = ${number}`);
  for (let i = 0; i < STATEMENTS; i++) {
    const [[row]] = await connection.query('SELECT CONNECTION_ID() AS id, @@time_zone AS zone, @tenant AS tenant');
    seen.add(row.id);
    if (row.zone !== `+0${number % 10}:00` || Number(row.tenant) !== number) wrong++;
  }
  await connection.end();
}

await Promise.all(Array.from({ length: PROGRAMS }, (_, number) => program(number)));
const { replays, pinned } = gateway.stats();
await gateway.close();
const ok = wrong === 0 && seen.size <= SESSIONS && Object.keys(pinned).length === 0;
console.log(
  `gateway: ${PROGRAMS} connections on ${seen.size} sessions, ${replays} of them made another's; ${ok ? 'ok' : 'FAILED'}`,
);
process.exitCode = ok ? 0 : 1;

function readUrl(text) {
  const url = new URL(text);
  return {
    host: url.hostname,
    port: Number(url.port || 3306),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database: url.pathname.slice(1),
  };
}

// Opens a connection by every function of a copy of mysql2, and prints for each what came of it. Of two connections one
// has to wait until the process may have it.
const { readFileSync } = require('node:fs');

const [driver = 'mysql2', verifyIdentity = 'true'] = process.argv.slice(2);
const mysql = require(driver);
const promises = require(`${driver}/promise`);
const { DATABASE_URL, TLS_CA } = process.env;
const { hostname: host, port, username: user, password } = new URL(DATABASE_URL);
const ssl = { ca: readFileSync(TLS_CA), ...(verifyIdentity === 'true' && { verifyIdentity: true }) };
const options = { host, port: Number(port), user, password, ssl };

const single = () =>
  new Promise((resolve, reject) => {
    const connection = mysql.createConnection(options);
    connection.on('error', reject);
    connection.query('SELECT 1', (error) => (error ? reject(error) : connection.end(resolve)));
  });
const promised = async () => {
  const connection = await promises.createConnection(options);
  await connection.query('SELECT 1');
  await connection.end();
};
const pooled = async () => {
  const pool = promises.createPool(options);
  await pool.query('SELECT 1').finally(() => pool.end());
};
const clustered = () =>
  new Promise((resolve, reject) => {
    const cluster = mysql.createPoolCluster();
    cluster.add('one', options);
    cluster.of('one').query('SELECT 1', (error) => cluster.end(() => (error ? reject(error) : resolve())));
  });
const atOnce = async () => {
  const said = await Promise.allSettled([single(), promised(), single()]);
  if (said.some(({ status }) => status !== said[0].status)) throw new Error('some did and some did not');
  if (said[2].status === 'rejected') throw said[2].reason;
};
const misspelt = () => promises.createConnection({ ...options, ssl: { verifyIdentiti: true } });

async function main() {
  const answer = {};
  for (const [name, open] of Object.entries({ single, promised, pooled, clustered, atOnce, misspelt })) {
    answer[name] = await Promise.resolve()
      .then(open)
      .then(
        () => 'connected',
        (error) => error.message,
      );
  }
  console.log(JSON.stringify(answer));
}

void main();

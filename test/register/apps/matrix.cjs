// What node-mysqlpool/register promises for any mysql2: the pairs of `tool mysql2` that are given, each in two loans of
// one connection, of which the first leaves a mess behind.
const url = new URL(process.env.DATABASE_URL);
// Each its own: Knex hides the password in what it is given.
const address = () => ({
  host: url.hostname,
  port: Number(url.port),
  user: url.username,
  password: url.password,
  database: url.pathname.slice(1),
});
const MESS = 'SET @left = 1';
const LOOK = 'SELECT CONNECTION_ID() AS id, @left IS NOT NULL AS isLeft';

// Each answers a function that runs a statement by a pool of one connection and gives the rows, and one that closes it.
const TOOLS = {
  createPool(driver) {
    const pool = require(driver).createPool({ ...address(), connectionLimit: 1 });
    const promised = pool.promise();
    const ask = async (sql) => (await promised.query(sql))[0];
    const prepared = async (sql) => {
      const connection = await promised.getConnection();
      await connection.execute(sql);
      connection.unprepare(sql);
      await connection.execute(sql);
      const [rows] = await connection.execute(sql);
      connection.release();
      return rows;
    };
    return { ask, prepared, close: () => promised.end() };
  },
  createConnection(driver) {
    const connection = require(driver).createConnection(address()).promise();
    const ask = async (sql) => (await connection.query(sql))[0];
    return { ask, prepared: async (sql) => (await connection.execute(sql))[0], close: () => connection.end() };
  },
  knex(driver, version) {
    const { knex } = require(`knex-${version}`);
    const Client = require(`knex-${version}/lib/dialects/mysql2/index.js`);
    const load = class extends Client {
      _driver() {
        return require(driver);
      }
    };
    const db = knex({
      client: load,
      connection: address(),
      pool: { min: 0, max: 1 },
      acquireConnectionTimeout: 10_000,
    });
    return { ask: async (sql) => (await db.raw(sql))[0], close: () => db.destroy() };
  },
  sequelize(driver) {
    const { Sequelize } = require('sequelize');
    const pool = { max: 1, acquire: 10_000 };
    const options = { username: url.username, dialect: 'mysql', dialectModule: require(driver), logging: false, pool };
    const db = new Sequelize({ ...address(), ...options });
    return { ask: async (sql) => (await db.query(sql))[0], close: () => db.close() };
  },
  async typeorm(driver, version) {
    const { DataSource } = require(`typeorm-${version}`);
    const { user: username, ...others } = address();
    const db = new DataSource({ type: 'mysql', driver: require(driver), ...others, username, poolSize: 1 });
    await db.initialize();
    return { ask: (sql) => db.query(sql), close: () => db.destroy() };
  },
};

async function check(tool, driver) {
  const [name, version] = tool.split('-');
  const { ask, prepared, close } = await TOOLS[name](driver, version);
  const [first] = await ask(LOOK);
  await prepared?.('SELECT 1 AS n');
  await ask(MESS);
  const [second] = await ask(LOOK);
  // The server has forgotten what was prepared.
  const rows = await prepared?.('SELECT 1 AS n');
  await close();
  return { isSame: first.id === second.id, isLeft: Number(second.isLeft), n: rows?.[0].n ?? 1 };
}

async function main() {
  const answers = {};
  for (const pair of process.argv.slice(2)) {
    const [tool, driver] = pair.split('/');
    answers[pair] = await check(tool, driver).catch(({ code, message }) => ({ code, message }));
  }
  console.log(JSON.stringify(answers));
}

void main();

// A pool that is never closed: once it is idle, it must not keep the process alive.
const { createPool } = require('node-mysqlpool');

createPool(process.env.MYSQLPOOL_CONSUMER_URL)
  .query('SELECT 1')
  .then(
    () => console.log('ok'),
    (error) => {
      throw error;
    },
  );

// Six ORMs, six pools of 20: prints how many queries failed and the kinds of pools.
import { sql } from 'kysely';
import { openSix, settle } from './support.mjs';

const { orms, closeAll } = await openSix(20);
const work = Object.values(orms).flatMap((query) =>
  Array.from({ length: 40 }, () => query('SELECT SLEEP(0.005) AS slept')),
);
const failed = await settle(work);
await closeAll();
console.log(JSON.stringify({ queries: work.length, failed, sql: typeof sql }));

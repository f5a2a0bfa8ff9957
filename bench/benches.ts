import type { Bench } from './bench.js';
import { burst } from './burst.js';
import { cycle } from './cycle.js';
import { dbdown } from './dbdown.js';
import { dirty } from './dirty.js';
import { fair } from './fair.js';
import { fleet } from './fleet.js';
import { gateway } from './gateway.js';
import { instructions } from './instructions.js';
import { memory } from './memory.js';
import { observe } from './observe.js';
import { orm } from './orm.js';
import { query } from './query.js';
import { spike } from './spike.js';
import { storm } from './storm.js';
import { texts } from './texts.js';

/** All benchmarks, which `npm run bench -- NAME` runs by name. */
export const BENCHES: readonly Bench[] = [
  cycle,
  instructions,
  burst,
  storm,
  memory,
  spike,
  dbdown,
  fair,
  query,
  dirty,
  texts,
  observe,
  orm,
  fleet,
  gateway,
];

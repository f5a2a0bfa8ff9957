import type { Bench } from './bench.js';
import { burst } from './burst.js';
import { cycle } from './cycle.js';
import { spike } from './spike.js';

/** Every benchmark; `npm run bench -- NAME` finds it here. */
export const BENCHES: readonly Bench[] = [cycle, burst, spike];

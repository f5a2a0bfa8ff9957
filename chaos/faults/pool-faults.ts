import { setTimeout as sleep } from 'node:timers/promises';
import { LIMIT } from '../site.js';
import type { Fault } from './fault.js';

const evict: Fault = {
  name: 'evict',
  async run({ site, random }) {
    for (let times = random.int(1, 10); times > 0; times--) {
      site.pool.evict();
      await sleep(random.int(0, 50));
    }
  },
};

const resize: Fault = {
  name: 'resize',
  async run({ site, random }) {
    for (let times = random.int(2, 10); times > 0; times--) {
      site.pool.resize({ maxSize: random.int(2, LIMIT) });
      await sleep(random.int(0, 100));
    }
    site.pool.resize({ maxSize: LIMIT });
  },
};

const suspend: Fault = {
  name: 'suspend',
  async run({ site, random }) {
    site.pool.suspend();
    await sleep(random.int(10, 1_200));
    site.pool.resume();
  },
};

export const POOL_FAULTS: readonly Fault[] = [evict, resize, suspend];

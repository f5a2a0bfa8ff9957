import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.js';

const cut: Fault = {
  name: 'cut',
  async run({ site, random }) {
    for (let times = random.pick([1, 1, 10]); times > 0; times--) {
      site.proxy.cut();
      await sleep(random.int(5, 100));
    }
  },
};

const halfClose: Fault = {
  name: 'half-close',
  run({ site }) {
    site.proxy.halfClose();
    return Promise.resolve();
  },
};

/** Delays both directions: what the pool sends, such as COM_QUIT, also reaches the server late. */
const delay: Fault = {
  name: 'delay',
  async run({ site, random, sessionLimit }) {
    await sessionLimit.blind(async () => {
      site.proxy.delay(random.int(20, 400));
      await sleep(random.int(200, 1_200));
      site.proxy.delay(0);
      await sleep(400);
    });
  },
};

const throttle: Fault = {
  name: 'throttle',
  async run({ site, random, sessionLimit }) {
    await sessionLimit.blind(async () => {
      site.proxy.throttle(random.int(2_000, 50_000));
      await sleep(random.int(200, 1_200));
      site.proxy.throttle(Infinity);
      await sleep(400);
    });
  },
};

/** The server does not learn which connections the pool gives up, until the network is cut. */
const blackhole: Fault = {
  name: 'black hole',
  async run({ site, random, sessionLimit }) {
    await sessionLimit.blind(async () => {
      site.proxy.blackhole();
      await sleep(random.int(100, 1_800));
      site.proxy.heal();
      await sleep(random.int(0, 300));
      site.proxy.cut();
      await sleep(200);
    });
  },
};

const refuse: Fault = {
  name: 'refuse',
  async run({ site, random }) {
    await site.proxy.refuse();
    try {
      if (!random.oneIn(3)) site.proxy.cut();
      await sleep(random.int(100, 1_200));
    } finally {
      await site.proxy.accept();
    }
  },
};

export const NETWORK_FAULTS: readonly Fault[] = [cut, halfClose, delay, throttle, blackhole, refuse];
